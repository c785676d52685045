// What clients send about calls and about themselves.

package import BreakerCore

extension Request {
    /// Who speaks. The protocol's version has been checked.
    package struct Hello: Hashable, Sendable {
        /// What the client tells of itself; each part is optional.
        package struct Client: Hashable, Sendable {
            /// The application: "checkout". At most 64 bytes.
            package var name: String?
            /// One process of it, the unit that `min_reporters` counts: "host7-4242". At most 128 bytes.
            package var instance: String?
            /// The client library and its version: "python/0.1.0". At most 64 bytes.
            package var library: String?

            package init(name: String? = nil, instance: String? = nil, library: String? = nil) {
                self.name = name
                self.instance = instance
                self.library = library
            }
        }

        package var client: Client

        package init(client: Client = Client()) {
            self.client = client
        }
    }

    package struct Acquire: Hashable, Sendable {
        package var breaker: String
        /// How long a probe may take, 1 ms…5 min; nil: the policy's `probe_lease`.
        package var lease: Interval?
        /// Of the call that asks.
        package var trace: TraceID?

        package init(breaker: String, lease: Interval? = nil, trace: TraceID? = nil) {
            self.breaker = breaker
            self.lease = lease
            self.trace = trace
        }
    }

    package struct SingleReport: Hashable, Sendable {
        package var breaker: String
        package var report: Report
        package var trace: TraceID?

        package init(breaker: String, report: Report, trace: TraceID? = nil) {
            self.breaker = breaker
            self.report = report
            self.trace = trace
        }
    }

    package struct ReportBatch: Hashable, Sendable {
        package struct Element: Hashable, Sendable {
            package var breaker: String
            package var report: BatchReport
            /// How long its successes, failures and timeouts took, as far as it tells.
            package var durations: [DurationCount]
            /// Of calls that failed or were slow, at most 5.
            package var traces: [TraceID]

            package init(
                breaker: String, report: BatchReport, durations: [DurationCount] = [], traces: [TraceID] = []
            ) {
                self.breaker = breaker
                self.report = report
                self.durations = durations
                self.traces = traces
            }
        }

        /// Rises with every batch of an instance, 1…2^53−1, so that one sent twice counts once; nil: not
        /// protected.
        package var sequence: UInt64?
        /// At least one, in the order they are to be judged.
        package var elements: [Element]

        package init(sequence: UInt64? = nil, elements: [Element]) {
            self.sequence = sequence
            self.elements = elements
        }
    }

    /// A probe given back without a verdict.
    package struct Release: Hashable, Sendable {
        package var breaker: String
        package var permit: Permit

        package init(breaker: String, permit: Permit) {
            self.breaker = breaker
            self.permit = permit
        }
    }

    /// A client's own wish for a breaker's policy.
    package struct Declare: Hashable, Sendable {
        package var breaker: String
        package var policy: PolicyPatch

        package init(breaker: String, policy: PolicyPatch) {
            self.breaker = breaker
            self.policy = policy
        }
    }
}
