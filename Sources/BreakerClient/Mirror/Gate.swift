import Synchronization

/// What the mirror says of one breaker, in one word: a call that passes reads it and takes no lock.
struct Gate: ~Copyable, Sendable {
    enum Verdict: Hashable, Sendable {
        /// Calls pass, under this generation.
        case closed(UInt64)
        /// Whatever it is, it takes a closer look.
        case unsure
    }

    /// 0: unsure; else the generation and one.
    private let word = Atomic<UInt64>(0)

    var verdict: Verdict {
        let word = self.word.load(ordering: .relaxed)
        return word == 0 ? .unsure : .closed(word - 1)
    }

    func set(_ verdict: Verdict) {
        switch verdict {
        case .unsure: self.word.store(0, ordering: .relaxed)
        case .closed(let generation): self.word.store(generation &+ 1, ordering: .relaxed)
        }
    }
}
