'use strict';
// Compares a line that came with the line that a vector expects. The matchers are those of
// Protocol/README.md.

const KINDS = {
  $any: () => true,
  $int: (value) => Number.isSafeInteger(value),
  $number: (value) => typeof value === 'number',
  $string: (value) => typeof value === 'string',
  $bool: (value) => typeof value === 'boolean',
};

/** Matchers with an argument, which give what is wrong, or undefined. */
const MATCHERS = {
  $range: ([low, high], value) =>
    typeof value === 'number' && (low === null || value >= low) && (high === null || value <= high),
  $above: (bound, value) => typeof value === 'number' && value > bound,
  $contains: (part, value) => typeof value === 'string' && value.includes(part),
  $length: (count, value) => Array.isArray(value) && value.length === count,
};

class Mismatch extends Error {}

class Matcher {
  constructor() {
    /** By `$save`. */
    this.saved = new Map();
  }

  /** Throws `Mismatch`; then nothing of the line is remembered. */
  match(expected, found) {
    const before = new Map(this.saved);
    try {
      this.compare(expected, found, 'the line');
    } catch (error) {
      this.saved = before;
      throw error;
    }
  }

  compare(expected, found, path) {
    if (typeof expected === 'string' && Object.hasOwn(KINDS, expected)) {
      this.check(KINDS[expected](found), path, expected, found);
    } else if (Array.isArray(expected)) {
      this.check(Array.isArray(found) && found.length === expected.length, path, expected, found);
      expected.forEach((value, index) => this.compare(value, found[index], `${path}[${index}]`));
    } else if (typeof expected === 'object' && expected !== null) {
      this.object(expected, found, path);
    } else {
      this.check(expected === found, path, expected, found);
    }
  }

  object(expected, found, path) {
    const keys = Object.keys(expected);
    if (keys.length > 0 && keys.every((key) => key.startsWith('$'))) {
      for (const key of keys) this.matcher(key, expected[key], found, path);
      return;
    }
    this.check(typeof found === 'object' && found !== null && !Array.isArray(found), path, expected, found);
    for (const key of keys) {
      if (key === '...') continue;
      const value = found[key];
      const place = `${path}.${key}`;
      if (value === undefined) this.check(expected[key] === '$absent', place, expected[key], value);
      else this.compare(expected[key], value, place);
    }
    if (expected['...'] !== undefined) return;
    for (const key of Object.keys(found)) {
      this.check(Object.hasOwn(expected, key), `${path}.${key}`, 'nothing', found[key]);
    }
  }

  matcher(kind, argument, found, path) {
    if (kind === '$save') this.saved.set(argument, found);
    else if (kind === '$is') this.compare(argument, found, path);
    else if (kind === '$not') this.check(!this.holds(argument, found), path, { $not: argument }, found);
    else this.check(MATCHERS[kind](argument, found), path, { [kind]: argument }, found);
  }

  holds(expected, found) {
    try {
      new Matcher().compare(expected, found, '');
      return true;
    } catch {
      return false;
    }
  }

  check(isHeld, path, expected, found) {
    if (isHeld) return;
    throw new Mismatch(`at ${path}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
  }

  /** Puts what was saved in for each `${name}`. */
  substitute(text) {
    return text.replace(/\$\{(\w+)\}/g, (_, name) => {
      if (!this.saved.has(name)) throw new Error(`nothing is saved as ${name}`);
      return JSON.stringify(this.saved.get(name));
    });
  }
}

module.exports = { Matcher, Mismatch };
