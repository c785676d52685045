// Compiled and never run.

import CircuitBreaker from 'breakerd/opossum';
import CommandBreaker from 'breakerd/circuit-breaker-js';
import { Client } from 'breakerd';

async function dropIn(): Promise<void> {
  const breaker = new CircuitBreaker(async (id: number, name: string) => ({ id, name }), {
    timeout: false,
    errorFilter: (error, id) => error.status === 404 && id > 0,
    breakerd: { client: new Client() },
  });
  const { name }: { name: string } = await breaker.fire(1, 'a');
  // @ts-expect-error: the action takes a number first
  await breaker.fire('1', name);
  breaker.on('failure', (error, latencyMs, [id]) => console.log(error, latencyMs + id));
  breaker.on('success', (result) => console.log(result.name));
  // @ts-expect-error: there is no such event
  breaker.on('exploded', () => {});
  const { status: live } = breaker.fallback(new CircuitBreaker(() => 1));
  live.on('snapshot', (stats) => console.log(stats.latencyMean));
  const { state, status } = breaker.toJSON();
  new CircuitBreaker(() => 1, { state, status, name: 'other', breakerd: false }).shutdown();

  const onCircuitOpen = (metrics: CommandBreaker.Metrics) => console.log(metrics.errorCount);
  const commands = new CommandBreaker({ timeoutDuration: 100, onCircuitOpen });
  commands.run((success, failed) => (commands.state === CommandBreaker.CLOSED ? success() : failed()));
}

void dropIn;
