/// How many of the calls that a breaker refuses are one instance's.
public struct RefusedShare: Hashable, Sendable {
    /// Its name; `#` and eight hexadecimal digits for one that has told none.
    public var instance: String
    /// Its refused calls since the breaker last let every call pass.
    public var rejected: Int
    /// Of all instances' refused calls: 0…1, in thousandths.
    public var share: Double
}
