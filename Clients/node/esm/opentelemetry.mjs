import opentelemetry from '../lib/frameworks/opentelemetry.js';

export const { instrument } = opentelemetry;
