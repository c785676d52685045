// The types of breakerd/opentelemetry.

import { Client } from './index';

/** Makes spans and metrics through the API object of OpenTelemetry. Gives what ends it. */
export function instrument(client: Client, api: { trace: any; metrics: any }): () => void;
