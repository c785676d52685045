'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const { VectorRunner } = require('./vectors/runner');
const { files } = require('./vectors/vector-file');

test('a client vector holds:', async (suite) => {
  for (const file of files()) await suite.test(file, () => new VectorRunner(file).run());
});

test('there is a vector for every section of client.md', () => {
  const folder = path.join(__dirname, '../../../Protocol');
  const document = fs.readFileSync(path.join(folder, 'client.md'), 'utf8');
  const sections = [...document.matchAll(/^## (\d+)\./gm)].map(([, number]) => number);
  const shown = files().flatMap((file) => {
    const text = fs.readFileSync(path.join(folder, 'client-vectors', file), 'utf8');
    return [...text.matchAll(/^# section (.+)$/gm)].flatMap(([, list]) => list.split(/, */));
  });
  assert.deepStrictEqual([...new Set(shown)].sort(), sections.sort());
});
