// The elements of a batch, read as the rest of a hot line is.

import BreakerCore

extension HotCursor {
    /// Appends the array of `reports`, and what their `durations` hold; false if it is empty, too long or not
    /// of the usual shape.
    mutating func batchElements(
        most: Int, into elements: inout [HotLine.Element], durations: inout [DurationCount]
    ) -> Bool {
        guard self.take(UInt8(ascii: "[")) else { return false }
        // Few elements are shorter than this: the array grows once.
        elements.reserveCapacity(min(most, (self.end - self.position) / 40))
        repeat {
            self.skipWhitespace()
            guard elements.count < most else { return false }
            // Read where it stays: it is large.
            elements.append(HotLine.Element())
            guard self.batchElement(into: &elements[elements.count - 1], &durations) else { return false }
            self.skipWhitespace()
        } while self.take(UInt8(ascii: ","))
        return self.take(UInt8(ascii: "]"))
    }

    private mutating func batchElement(
        into element: inout HotLine.Element, _ durations: inout [DurationCount]
    ) -> Bool {
        guard self.take(UInt8(ascii: "{")) else { return false }
        repeat {
            self.skipWhitespace()
            guard let key = self.token(), self.takeSpaced(UInt8(ascii: ":")),
                element.read(key, from: &self, &durations)
            else { return false }
            self.skipWhitespace()
        } while self.take(UInt8(ascii: ","))
        return self.take(UInt8(ascii: "}")) && element.isWhole
    }

    /// One count.
    @inline(__always)
    fileprivate mutating func count(into count: inout UInt32) -> Bool {
        guard let number = self.integer(), number <= WireLimits.count else { return false }
        count = UInt32(number)
        return true
    }

    /// The pairs of `durations`: at least one.
    fileprivate mutating func durations(into durations: inout [DurationCount]) -> Bool {
        guard self.takeSpaced(UInt8(ascii: "[")) else { return false }
        repeat {
            self.skipWhitespace()
            var count: UInt32 = 0
            guard self.takeSpaced(UInt8(ascii: "[")),
                let duration = self.milliseconds(0...Double(WireLimits.durationMilliseconds)),
                self.takeSpaced(UInt8(ascii: ",")), self.count(into: &count),
                self.takeSpaced(UInt8(ascii: "]"))
            else { return false }
            durations.append(DurationCount(LatencyBucket(duration), count))
        } while self.take(UInt8(ascii: ","))
        return self.take(UInt8(ascii: "]"))
    }
}

extension HotLine.Element {
    /// Whether it names a breaker and its counts agree.
    fileprivate var isWhole: Bool {
        let failures = self.report.failure + self.report.timeout
        return !self.breaker.isEmpty && self.report.slow <= self.report.success + failures
            && self.report.trailingFailures <= failures && self.timed <= self.report.success + failures
    }

    /// Reads the value of `key`; false if the key is unknown or a second one, or its value unusual.
    @inline(__always)
    fileprivate mutating func read(
        _ key: HotCursor.Token, from cursor: inout HotCursor, _ durations: inout [DurationCount]
    ) -> Bool {
        switch (key.head, key.tail, key.count) {
        case (HotWord.breaker, 0, 7): self.claim(0) && self.readBreaker(&cursor)
        case (HotWord.generati, HotWord.on, 10): self.claim(1) && self.readGeneration(&cursor)
        case (HotWord.success, 0, 7): self.claim(2) && cursor.count(into: &self.report.success)
        case (HotWord.failure, 0, 7): self.claim(3) && cursor.count(into: &self.report.failure)
        case (HotWord.timeout, 0, 7): self.claim(4) && cursor.count(into: &self.report.timeout)
        case (HotWord.ignored, 0, 7): self.claim(5) && cursor.count(into: &self.report.ignored)
        case (HotWord.rejected, 0, 8): self.claim(6) && cursor.count(into: &self.report.rejected)
        case (HotWord.slow, 0, 4): self.claim(7) && cursor.count(into: &self.report.slow)
        case (HotWord.trailing, HotWord.failureSuffix, 17):
            self.claim(8) && cursor.count(into: &self.report.trailingFailures)
        case (HotWord.duration, HotWord.sumMs, 15): self.claim(9) && self.readDurationSum(&cursor)
        case (HotWord.duration, HotWord.plural, 9):
            self.claim(11) && self.readDurations(&cursor, &durations)
        case (HotWord.error, 0, 5): self.claim(10) && self.readError(&cursor)
        default: false
        }
    }

    @inline(__always)
    private mutating func claim(_ bit: UInt16) -> Bool {
        let isNew = self.seen & (1 << bit) == 0
        self.seen |= 1 << bit
        return isNew
    }

    @inline(__always)
    private mutating func readBreaker(_ cursor: inout HotCursor) -> Bool {
        guard let name = cursor.name() else { return false }
        self.breaker = name
        return true
    }

    @inline(__always)
    private mutating func readGeneration(_ cursor: inout HotCursor) -> Bool {
        self.report.generation = cursor.integer()
        return self.report.generation != nil
    }

    private mutating func readError(_ cursor: inout HotCursor) -> Bool {
        self.report.error = cursor.error()
        return self.report.error != nil
    }

    /// Checked, not kept: as the decoder does.
    private func readDurationSum(_ cursor: inout HotCursor) -> Bool {
        cursor.milliseconds(0...Double(WireLimits.durationSumMilliseconds)) != nil
    }

    private mutating func readDurations(
        _ cursor: inout HotCursor, _ durations: inout [DurationCount]
    ) -> Bool {
        let first = durations.count
        guard cursor.durations(into: &durations), durations.count - first <= WireLimits.durationPairs else {
            return false
        }
        self.durations = first..<durations.count
        self.timed = durations[first...].reduce(0) { $0 + UInt64($1.count) }
        return true
    }
}
