import fastify from '../lib/frameworks/fastify.js';

export const { breakerErrorHandler, breakerErrors } = fastify;
