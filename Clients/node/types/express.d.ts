// The types of breakerd/express.

/**
 * An error handler for Express and Connect, after the routes: a refused call becomes 503 with `Retry-After`.
 */
export function breakerErrors(): (error: any, req: any, res: any, next: (error?: any) => void) => void;
