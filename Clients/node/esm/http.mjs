import http from '../lib/http/index.js';

export const { guardedAgent, guardedFetch } = http;
