// The types of breakerd/fastify.

type Handler = (this: any, error: any, request: any, reply: any) => any;

/**
 * For `setErrorHandler`; other errors go to `otherwise`, else to the handler of the instance around this one.
 */
export function breakerErrorHandler(otherwise?: Handler): Handler;
/** The same as a plugin, for the instance that registers it. */
export function breakerErrors(fastify: any): Promise<void>;
