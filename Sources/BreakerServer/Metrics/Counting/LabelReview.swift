import BreakerCore

/// Finds which breakers are to have labels: first who fills the free ones, then who takes one over.
///
/// The busiest are kept by the calls of all their life, a figure that outlives restarts. A label is taken
/// over by a breaker with twice the calls of the one that has it, and more: for the other one to get it back
/// it must double in turn, so a label changes hands as often as the logarithm of its calls, and no series
/// flaps.
struct LabelReview {
    struct Candidate: Sendable {
        let name: String
        let calls: UInt64
    }

    /// Labels that change hands in one review, so that a dashboard never changes at once.
    static let mostSwaps = 10
    /// Calls by which a breaker must lead besides being twice as busy.
    static let lead: UInt64 = 100

    private let free: Int
    /// Without a label, the busiest first.
    private var busiest: Foremost
    /// With a label, the idlest first.
    private var idlest = Foremost(limit: LabelReview.mostSwaps) { $0.calls < $1.calls }

    /// - Parameter free: labels that nobody has.
    init(free: Int) {
        self.free = free
        self.busiest = Foremost(limit: free + LabelReview.mostSwaps) { $0.calls > $1.calls }
    }

    mutating func consider(_ name: String, calls: UInt64, isLabelled: Bool) {
        if isLabelled {
            self.idlest.offer(name, calls)
        } else if name != LabelRoom.others {
            self.busiest.offer(name, calls)
        }
    }

    /// Who gets a label, each with who loses it; nil: it is a free one.
    var changes: [(winner: Candidate, loser: Candidate?)] {
        let winners = self.busiest.sorted
        let filling = winners.prefix(self.free).map { (winner: $0, loser: Candidate?.none) }
        let taking = zip(winners.dropFirst(self.free), self.idlest.sorted)
            .prefix { winner, loser in
                winner.calls / 2 >= loser.calls && winner.calls - 2 * loser.calls >= LabelReview.lead
            }
            .map { (winner: $0, loser: Candidate?.some($1)) }
        return filling + taking
    }
}

/// Keeps the first so many in an order, without sorting the rest.
private struct Foremost {
    typealias Candidate = LabelReview.Candidate

    private let limit: Int
    private let precedes: (Candidate, Candidate) -> Bool
    private var kept: [Candidate] = []
    /// The last that is sure to be kept; nil while there is room.
    private var bound: Candidate?

    init(limit: Int, precedes: @escaping (Candidate, Candidate) -> Bool) {
        self.limit = limit
        self.precedes = precedes
    }

    var sorted: [Candidate] { Array(self.kept.sorted(by: self.precedes).prefix(self.limit)) }

    mutating func offer(_ name: String, _ calls: UInt64) {
        let candidate = Candidate(name: name, calls: calls)
        if let bound, !self.precedes(candidate, bound) { return }
        self.kept.append(candidate)
        // Cut back at twice the limit: amortised O(log limit) a breaker.
        guard self.kept.count >= 2 * self.limit else { return }
        self.kept = self.sorted
        self.bound = self.kept.last
    }
}
