// The types of breakerd/lambda.

import { Client } from './index';

/** A handler that tells its outcomes before it answers, which takes `flushMs` (100) at most. */
export function lambdaHandler<H extends (...args: any[]) => any>(
  client: Client,
  handler: H,
  options?: { flushMs?: number },
): (...args: Parameters<H>) => Promise<Awaited<ReturnType<H>>>;
