import ArgumentParser

/// How often each operation comes in a load: `acquire=3,report=1` is three of one to one of the other.
struct LoadMix: Hashable, Sendable {
    /// A share of this, and all shares together of as much, at most: a turn stays short.
    static let mostShares = 1_000
    /// A call that is asked for and then told.
    static let calls = LoadMix(shares: [(.acquire, 1), (.report, 1)])

    /// The operations of one turn in the order in which they are sent, those of a larger share spread out
    /// among the others. Every turn is about another breaker.
    let turn: [LoadOperation]

    /// - Parameter shares: each at least 1, of no operation twice.
    private init(shares: [(operation: LoadOperation, share: Int)]) {
        // The one that is furthest behind its share comes next.
        let sum = shares.reduce(0) { $0 + $1.share }
        var credits = shares.map { _ in 0 }
        self.turn = (0..<sum).map { _ in
            for index in shares.indices { credits[index] += shares[index].share }
            // Of equals the first one.
            let next = shares.indices.max { (credits[$0], -$0) < (credits[$1], -$1) } ?? 0
            credits[next] -= sum
            return shares[next].operation
        }
    }

    /// Nil for what is no mix.
    init?(argument: String) {
        var shares: [(operation: LoadOperation, share: Int)] = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(separator: "=", omittingEmptySubsequences: false)
            guard (1...2).contains(words.count), let operation = LoadOperation(name: words[0]),
                let share = words.count == 2 ? Int(words[1]) : 1, (1...LoadMix.mostShares).contains(share),
                !shares.contains(where: { $0.operation == operation })
            else { return nil }
            shares.append((operation, share))
        }
        guard shares.reduce(0, { $0 + $1.share }) <= LoadMix.mostShares else { return nil }
        self.init(shares: shares)
    }

    /// The operations that it has, in their usual order, with their shares.
    var shares: [(operation: LoadOperation, share: Int)] {
        LoadOperation.allCases.compactMap { operation in
            let share = self.turn.count { $0 == operation }
            return share > 0 ? (operation, share) : nil
        }
    }

    /// Whether any request of it names a breaker.
    var isAboutBreakers: Bool { self.turn.contains { $0 != .ping } }

    /// As it is typed.
    var spelled: String { self.shares.map { "\($0.operation.name)=\($0.share)" }.joined(separator: ",") }

    /// An option's value.
    ///
    /// - Throws: `ValidationError`, saying what would be right.
    @Sendable static func typed(_ text: String) throws -> LoadMix {
        guard let mix = LoadMix(argument: text) else {
            let names = LoadOperation.allCases.map(\.name).joined(separator: ", ")
            throw ValidationError(
                "shares such as acquire=3,report=1 are due, together at most \(LoadMix.mostShares), of "
                    + names)
        }
        return mix
    }
}
