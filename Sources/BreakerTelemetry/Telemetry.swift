// Metrics and transitions for OpenTelemetry, pushed by OTLP over HTTP.

import AsyncHTTPClient
import BreakerServer
