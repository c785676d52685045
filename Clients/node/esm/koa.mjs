import koa from '../lib/frameworks/koa.js';

export const { breakerErrors } = koa;
