import Synchronization

/// How many breakers have a label of their own in metrics, and how many may.
///
/// A label is kept for as long as its breaker exists, so that series do not come and go; only a much busier
/// breaker takes it over, see `LabelReview`.
struct LabelRoom: ~Copyable, Sendable {
    /// Stands for all breakers without a label. A breaker that is called so never gets one.
    static let others = "_other"

    let limit: Int
    private let taken = Atomic<Int>(0)
    private let hasOthers = Atomic<Bool>(false)

    init(limit: Int) {
        self.limit = limit
    }

    /// Labels that nobody has.
    var free: Int { max(0, self.limit - self.taken.load(ordering: .relaxed)) }

    /// Whether there is or was a breaker without a label: `_other` is then shown, and does not go any more.
    var isShowingOthers: Bool { self.hasOthers.load(ordering: .relaxed) }

    /// A label for a breaker of that name; false: there is none.
    func take(for name: String) -> Bool {
        if name != LabelRoom.others {
            if self.taken.add(1, ordering: .relaxed).newValue <= self.limit { return true }
            self.taken.subtract(1, ordering: .relaxed)
        }
        if !self.isShowingOthers { self.hasOthers.store(true, ordering: .relaxed) }
        return false
    }

    /// So many breakers are back from disk, and those that get a label have theirs.
    func restored(_ count: Int) {
        if count > self.taken.load(ordering: .relaxed) { self.hasOthers.store(true, ordering: .relaxed) }
    }

    func giveBack() {
        self.taken.subtract(1, ordering: .relaxed)
    }
}
