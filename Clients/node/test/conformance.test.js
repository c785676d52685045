'use strict';

const test = require('node:test');
const { ConformanceRunner, vectors } = require('./conformance/runner');

test('the daemon and this client understand a vector alike:', async (suite) => {
  for (const file of vectors()) await suite.test(file, () => new ConformanceRunner(file).run());
});
