/// The error that most failures name, in constant space: Boyer and Moore's majority vote ("MJRTY", 1981).
///
/// With a majority it is exact; without one it is a frequent error, which is what an explanation needs.
package struct ErrorTally: Hashable, Sendable {
    package private(set) var leading: String?
    private var votes: UInt32 = 0

    package init() {}

    package mutating func count(_ error: String?, times: UInt32 = 1) {
        guard let error, times > 0 else { return }
        if self.leading == error {
            self.votes = self.votes.saturatingAdd(times)
        } else if self.votes >= times {
            self.votes -= times
        } else {
            self.leading = error
            self.votes = times - self.votes
        }
    }
}
