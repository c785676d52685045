// Compiled and never run.

import { Agent } from 'node:https';
import { Client } from 'breakerd';
import { breakerErrors } from 'breakerd/express';
import { breakerErrorHandler } from 'breakerd/fastify';
import { breakerErrors as koaErrors } from 'breakerd/koa';
import { guardedAgent, guardedFetch } from 'breakerd/http';
import { instrument } from 'breakerd/opentelemetry';
import { lambdaHandler } from 'breakerd/lambda';
import { TestDaemon } from 'breakerd/testing';

async function integrations(api: { trace: unknown; metrics: unknown }): Promise<void> {
  const client = new Client();
  const response: Response = await guardedFetch(client, { timeout: 1_000 })('https://pay.example/');
  const request = async (url: string) => ({ statusCode: url.length });
  const { statusCode } = await guardedFetch(client, { fetch: request, name: (url) => url.host })('x');
  const agent: Agent = guardedAgent(client, new Agent({ keepAlive: true }), { policy: { probes: 1 } });
  const handler = lambdaHandler(client, async (event: { id: number }) => event.id + statusCode);
  const answer: number = await handler({ id: response.status });
  // @ts-expect-error: the event has an id
  await handler({});
  const end: () => void = instrument(client, api);
  console.log(agent, answer, end, breakerErrors().length, breakerErrorHandler(), koaErrors());
  const daemon = await TestDaemon.start({ config: 'policies: []' });
  await daemon.trip('payments', { forMs: 1 });
  await daemon.advance(1_000);
  await daemon.stop();
}

void integrations;
