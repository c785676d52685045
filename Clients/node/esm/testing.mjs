import testing from '../lib/testing/index.js';

export const { TestDaemon } = testing;
