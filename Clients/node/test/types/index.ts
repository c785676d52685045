// Compiled and never run: what applications write in TypeScript must have the types that they expect.

import { Breaker, BreakerError, BreakerOpen, BreakerTimeout, Client, LastGood, Permit } from 'breakerd';

async function core(): Promise<void> {
  const client = new Client(['unix:/run/breakerd/breakerd.sock', 'tcp:127.0.0.1:2757'], { mode: 'strict' });
  const breaker: Breaker = client.breaker('payments', { failure_rate: 0.3, window: '10s', slow_call: null });
  const rates = new LastGood<number>(60_000);
  const value: number = await breaker.run(async ({ signal }) => (signal?.aborted ? 1 : 2), {
    timeout: 2_000,
    lastGood: rates,
    fallback: (error) => (error instanceof BreakerOpen ? 0 : Promise.resolve(1)),
    classify: (error, result) => (error === null && result === 0 ? 'ignored' : undefined),
  });
  const add = breaker.wrap((left: number, right: number) => left + right);
  const sum: number = await add(value, 1);
  // @ts-expect-error: the wrapped function takes numbers
  await add('1', 2);
  const permit: Permit = await breaker.acquire({ leaseMs: 1_000 });
  permit.report({ outcome: 'failure', retryAfterMs: 100 }, new Error('HTTP503'));
  // @ts-expect-error: there is no such outcome
  permit.report('fine');
  for await (const event of client.watch('pay*', { since: sum })) {
    if (event.event === 'state') console.log(event.breaker, event.state === 'half_open');
  }
  try {
    await client.trip('payments', { forMs: 1_000, actor: 'ana' });
  } catch (error) {
    if (error instanceof BreakerError) console.log(error.code, error.field);
    if (error instanceof BreakerTimeout) console.log(error.timeoutMs);
  }
  // @ts-expect-error: breakers are made by clients
  new Breaker();
  // @ts-expect-error: there is no such mode
  new Client(undefined, { mode: 'guess' });
  await client.close();
}

void core;
