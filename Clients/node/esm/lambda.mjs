import lambda from '../lib/frameworks/lambda.js';

export const { lambdaHandler } = lambda;
