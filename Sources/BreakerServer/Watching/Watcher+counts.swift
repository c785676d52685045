/// How far a watch with counts has come.
struct CountsProgress {
    /// The round up to which it knows all counts, or is about to; nil: it needs a full one.
    var told: UInt64?
    /// A round that is being sent.
    var sending: Sending?

    struct Sending {
        let round: CountsRound
        /// Every row, or only those that changed.
        let isWhole: Bool
        /// The next row.
        var position = 0
    }

    /// Takes a round. False: it does not tell all that the watch has yet to know.
    fileprivate mutating func take(_ round: CountsRound) -> Bool {
        // Too slow even for this: what it is being sent is old already. All anew, once that is through.
        guard self.sending == nil else {
            self.told = nil
            return false
        }
        let isNext = self.told == round.number - 1
        guard isNext || round.isFull else {
            self.told = nil
            return false
        }
        self.told = round.number
        self.sending = Sending(round: round, isWhole: !isNext)
        return true
    }
}

extension Watcher {
    /// Takes a round, if it wants counts. False: it needs a full one.
    mutating func take(_ round: CountsRound) -> Bool {
        guard self.counts != nil else { return true }
        guard self.isSynced else {
            self.counts = CountsProgress()
            return false
        }
        return self.counts?.take(round) ?? true
    }

    /// The next rows that it is to be told, at most so many; empty: that was all.
    mutating func nextRows(_ limit: Int) -> [CountsRound.Row] {
        guard self.isSynced, var sending = self.counts?.sending else { return [] }
        let all = sending.round.rows
        var rows: [CountsRound.Row] = []
        while sending.position < all.count, rows.count < limit {
            let row = all[sending.position]
            sending.position += 1
            if sending.isWhole || row.isChanged, self.wants(row.breaker) { rows.append(row) }
        }
        self.counts?.sending = rows.isEmpty ? nil : sending
        return rows
    }
}
