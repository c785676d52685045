// One breaker, one row.

import BreakerCore
import Foundation
import GRDB

extension StoredBreaker {
    /// Every column, in the order of `init(row:)` and `arguments`.
    static let columns = """
        name, generation, state, since_ms, touched_ms, until_ms, open_ns, refused, successes, \
        override_mode, override_actor, override_note, backoff, consecutive_failures, total_success, \
        total_failure, total_timeout, total_ignored, total_rejected, total_late, total_lost_probes, window, \
        trip_at_ms, trip_reason, declared
        """

    /// Writes a row unless the one on disk is of a later generation.
    static let upsert: String = {
        let columns = StoredBreaker.columns.split(separator: ", ")
        let marks = columns.map { _ in "?" }.joined(separator: ", ")
        let updates = columns.dropFirst().map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        return """
            INSERT INTO breaker (\(StoredBreaker.columns)) VALUES (\(marks)) \
            ON CONFLICT (name) DO UPDATE SET \(updates) WHERE excluded.generation >= breaker.generation
            """
    }()

    /// Nil for a row that makes no sense.
    init?(row: RawRow, eraBase: UInt64) {
        guard let generation = row.natural(1), let state = State(row: row),
            let since = row.integer(3), let touched = row.integer(4),
            let backoff = row.integer(12).flatMap(UInt8.init(exactly:)),
            let failures = row.integer(13).flatMap(UInt32.init(exactly:)),
            let totals = Totals(row: row)
        else { return nil }
        let (absolute, overflow) = generation.addingReportingOverflow(eraBase)
        guard !overflow, absolute < UInt64(Int64.max) else { return nil }
        self.init(
            generation: absolute, state: state, sinceMilliseconds: since, touchedMilliseconds: touched,
            backoff: backoff, consecutiveFailures: failures, totals: totals, window: row.bytes(21), trip: nil)
        if let at = row.integer(22), let reason = row.bytes(23).flatMap(ReasonBlob.decode) {
            self.trip = Trip(reason: reason, atMilliseconds: at)
        }
    }

    /// The values of one upsert.
    static func arguments(
        name: String, _ breaker: Breaker, declared: PolicyPatch?, eraBase: UInt64, anchor: ClockAnchor,
        texts: TextEncoder
    ) throws -> StatementArguments {
        let generation = breaker.generation >= eraBase ? breaker.generation - eraBase : 0
        let totals = breaker.totals
        var values: [(any DatabaseValueConvertible)?] = [
            name, generation.column, breaker.phase.columnName, anchor.wall(breaker.since),
            anchor.wall(breaker.touched),
        ]
        values += breaker.phase.columns(anchor)
        values += [
            Int64(breaker.backoff), Int64(breaker.consecutiveFailures), totals.success.column,
            totals.failure.column, totals.timeout.column, totals.ignored.column, totals.rejected.column,
            totals.late.column, totals.lostProbes.column,
            StoredWindow.encode(breaker.window, anchor: anchor).map { Data($0) },
            breaker.lastTrip.map { anchor.wall($0.at) },
            breaker.lastTrip.map { Data(ReasonBlob.encode($0.reason)) },
            try declared.map { try texts.text($0) },
        ]
        return StatementArguments(values)
    }
}

extension StoredBreaker.State {
    fileprivate init?(row: RawRow) {
        switch row.text(2) {
        case "closed": self = .closed
        case "open":
            guard let until = row.integer(5), let length = row.integer(6), length >= 0 else { return nil }
            let refused = UInt32(clamping: row.integer(7) ?? 0)
            self = .open(untilMilliseconds: until, length: Interval(nanoseconds: length), refused: refused)
        case "half_open":
            self = .halfOpen(successes: Int(row.integer(8).flatMap(UInt16.init(exactly:)) ?? 0))
        case "forced":
            guard let mode = row.text(9).flatMap(Override.Mode.init(rawValue:)) else { return nil }
            self = .forced(
                mode, untilMilliseconds: row.integer(5), actor: row.text(10), note: row.text(11))
        case _: return nil
        }
    }
}

extension Phase {
    fileprivate var columnName: String {
        switch self {
        case .closed: "closed"
        case .open: "open"
        case .halfOpen: "half_open"
        case .forced: "forced"
        }
    }

    /// `until_ms` to `override_note`.
    fileprivate func columns(_ anchor: ClockAnchor) -> [(any DatabaseValueConvertible)?] {
        switch self {
        case .closed:
            [nil, nil, nil, nil, nil, nil, nil]
        case .open(let opening):
            [
                anchor.deadlineWall(opening.until), opening.length.nanoseconds, Int64(opening.refused), nil,
                nil,
                nil, nil,
            ]
        case .halfOpen(let probation):
            [nil, nil, nil, probation.successes, nil, nil, nil]
        case .forced(let override):
            [
                override.until.map(anchor.deadlineWall), nil, nil, nil, override.mode.rawValue,
                override.actor,
                override.note,
            ]
        }
    }
}

extension Totals {
    fileprivate init?(row: RawRow) {
        guard let success = row.natural(14), let failure = row.natural(15), let timeout = row.natural(16),
            let ignored = row.natural(17), let rejected = row.natural(18), let late = row.natural(19),
            let lostProbes = row.natural(20)
        else { return nil }
        self.init()
        (self.success, self.failure, self.timeout) = (success, failure, timeout)
        (self.ignored, self.rejected) = (ignored, rejected)
        (self.late, self.lostProbes) = (late, lostProbes)
    }
}
