// The stream of events, made anew as often as it breaks: each time with a snapshot, so that a restart of the
// daemon is nothing special.

const RETRY_MS = 1_000;
const EVENTS = ['state', 'forgotten', 'synced', 'counts', 'heartbeat', 'reset', 'refused'];

/**
 * Follows all breakers, with counts.
 *
 * - `begun()`: a snapshot begins.
 * - `told(kind, data)`: an event.
 * - `broken()`: the daemon cannot be reached; it is tried again by itself.
 */
export function follow({ begun, told, broken }) {
  let counts = true;
  const connect = () => {
    const source = new EventSource(`/api/v1/events?counts=${counts}`);
    source.addEventListener('open', begun);
    for (const kind of EVENTS) {
      source.addEventListener(kind, ({ data }) => {
        const event = JSON.parse(data);
        if (kind === 'refused') {
          // Very many breakers: their states alone.
          counts = counts && event.error.field !== 'counts';
          source.close();
          setTimeout(connect, counts ? RETRY_MS : 0);
          return;
        }
        if (kind === 'reset') begun();
        told(kind, event);
      });
    }
    source.addEventListener('error', () => {
      // What the browser would do by itself ends for good where a proxy answers with an error.
      source.close();
      broken();
      setTimeout(connect, RETRY_MS);
    });
  };
  connect();
}
