import express from '../lib/frameworks/express.js';

export const { breakerErrors } = express;
