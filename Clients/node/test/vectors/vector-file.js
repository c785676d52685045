'use strict';
// Reads a client vector into steps. The format is described in Protocol/README.md.

const fs = require('node:fs');
const path = require('node:path');

const FOLDER = path.join(__dirname, '../../../../Protocol/client-vectors');

const files = () => fs.readdirSync(FOLDER).filter((name) => name.endsWith('.jsonl')).sort();

/** The steps of a file: `{ line, mark, words, json }`, json as text and undefined where there is none. */
function readVector(name) {
  const lines = fs.readFileSync(path.join(FOLDER, name), 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    const text = line.trim();
    return text === '' || text.startsWith('#') ? [] : [{ line: index + 1, ...step(text) }];
  });
}

function step(text) {
  const [mark] = text.split(' ', 1);
  const rest = text.slice(mark.length).trim();
  if (!mark.startsWith('@')) return { mark, words: [], json: rest };
  const brace = rest.indexOf('{');
  const words = (brace < 0 ? rest : rest.slice(0, brace)).split(' ').filter((word) => word !== '');
  return { mark, words, json: brace < 0 ? undefined : rest.slice(brace) };
}

/** A word that names one breaker, or with `[1..3]` in it several. */
function names(word) {
  const range = /^(.*)\[(\d+)\.\.(\d+)\]$/.exec(word);
  if (range === null) return [word];
  const [low, high] = [Number(range[2]), Number(range[3])];
  return Array.from({ length: high - low + 1 }, (_, index) => `${range[1]}${low + index}`);
}

module.exports = { files, names, readVector };
