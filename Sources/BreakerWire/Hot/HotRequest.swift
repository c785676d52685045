package import BreakerCore

/// A request of the four that decide the daemon's speed, as it lies in the line: slices point into the line's
/// bytes and are valid as long as those are. Everything is within the protocol's bounds, as in a `Request`.
package enum HotRequest {
    /// One element of a batch.
    package struct Element {
        /// The breaker's name.
        package let breaker: UnsafeRawBufferPointer
        package let report: BatchReport
    }

    case ping
    /// `lease`: 1 ms…5 min, nil: the policy's.
    case acquire(breaker: UnsafeRawBufferPointer, lease: Interval?)
    case report(breaker: UnsafeRawBufferPointer, Report)
    /// `sequence`: 1…2^53−1; at least one element.
    case reportBatch(sequence: UInt64?, elements: [Element])
    case release(breaker: UnsafeRawBufferPointer, Permit)
}

/// What one line holds.
package enum ParsedLine {
    /// `id`: the JSON to echo, as sent; empty where there is none.
    case hot(HotRequest, id: UnsafeRawBufferPointer)
    /// Boxed, as failures are: they would make every hot line's answer larger.
    indirect case request(Request, RequestID)
    /// `RequestID.none` where the line's id could not be read, or is not one.
    indirect case failure(WireError, RequestID)
    /// Nothing but whitespace: a keepalive.
    case blank
}
