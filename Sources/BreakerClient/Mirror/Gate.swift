import Synchronization

/// What the mirror says of one breaker, in one word: a call that is decided by it reads it and takes no lock
/// that another thread would hold.
struct Gate: ~Copyable, Sendable {
    enum Verdict: Hashable, Sendable {
        /// Calls pass, under this generation.
        case closed(UInt64)
        /// Calls are refused: the `OpenPeriod` of this number.
        case open(UInt64)
        /// Whatever it is, it takes a closer look.
        case unsure
    }

    /// A generation or a number, which both have 53 bits, and in the lowest two what it is: 0: unsure.
    private let word = Atomic<UInt64>(0)
    private static let closed: UInt64 = 1
    private static let open: UInt64 = 2

    var verdict: Verdict {
        let word = self.word.load(ordering: .acquiring)
        switch word & 3 {
        case Gate.closed: return .closed(word >> 2)
        case Gate.open: return .open(word >> 2)
        default: return .unsure
        }
    }

    func set(_ verdict: Verdict) {
        let word: UInt64 =
            switch verdict {
            case .unsure: 0
            case .closed(let generation): generation << 2 | Gate.closed
            case .open(let number): number << 2 | Gate.open
            }
        self.word.store(word, ordering: .releasing)
    }
}
