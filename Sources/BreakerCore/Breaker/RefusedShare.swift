/// How many of the calls that a breaker refuses are one instance's.
package struct RefusedShare: OfInstance, Hashable {
    package var instance: InstanceShare.Instance
    package let rejected: UInt32
    /// Of the refused calls of all instances: 0…1, in thousandths.
    package let share: Double

    package init(_ instance: InstanceShare.Instance, rejected: UInt32, share: Double) {
        self.instance = instance
        (self.rejected, self.share) = (rejected, share)
    }
}
