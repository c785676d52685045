// The types of breakerd/koa.

/** A middleware for Koa, before the others: a refused call becomes 503 with `Retry-After`. */
export function breakerErrors(): (ctx: any, next: () => Promise<any>) => Promise<void>;
