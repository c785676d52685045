/// How much of a breaker's trouble one instance saw.
public struct InstanceShare: Hashable, Sendable {
    /// Its name; `#` and eight hexadecimal digits for one that has told none.
    public var instance: String
    /// Of its calls in the window, those since the first call in trouble.
    public var calls: Int
    /// Failures and timeouts of those calls.
    public var failures: Int
    /// Slow ones of those calls.
    public var slow: Int
    /// Of all instances' failures, or of all slow calls where no call failed or where they are what tripped:
    /// 0…1, in thousandths.
    public var share: Double
}
