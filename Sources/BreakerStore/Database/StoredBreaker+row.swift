// One breaker, one row.

import BreakerCore
import GRDB

extension StoredBreaker {
    /// Every column, in the order of `init(row:)` and `write`.
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
            let totals = Totals(row: row, from: 14)
        else { return nil }
        let (absolute, overflow) = generation.addingReportingOverflow(eraBase)
        guard !overflow, absolute < UInt64(Int64.max) else { return nil }
        self.init(
            generation: absolute, state: state, sinceMilliseconds: since, touchedMilliseconds: touched,
            backoff: backoff, consecutiveFailures: failures, totals: totals,
            window: row.withBytes(21, StoredWindow.init), trip: nil)
        if let at = row.integer(22), let reason = row.withBytes(23, ReasonBlob.decode) {
            self.trip = Trip(reason: reason, atMilliseconds: at)
        }
    }

    /// Writes one row.
    ///
    /// - Parameter upsert: the statement of that name.
    static func write(
        name: String, _ breaker: Breaker, declared: PolicyPatch?, eraBase: UInt64, anchor: ClockAnchor,
        texts: TextEncoder, with upsert: Statement, in database: Database
    ) throws {
        let generation = breaker.generation >= eraBase ? breaker.generation - eraBase : 0
        let totals = breaker.totals
        var row = ParameterBinder(upsert, of: database)
        row.bind(name)
        row.bind(generation.column)
        row.bind(breaker.phase.columnName)
        row.bind(anchor.wall(breaker.since))
        row.bind(anchor.wall(breaker.touched))
        breaker.phase.bind(to: &row, anchor)
        row.bind(Int64(breaker.backoff))
        row.bind(Int64(breaker.consecutiveFailures))
        for total in [
            totals.success, totals.failure, totals.timeout, totals.ignored, totals.rejected, totals.late,
            totals.lostProbes,
        ] {
            row.bind(total.column)
        }
        row.bind(StoredWindow.encode(breaker.window, anchor: anchor))
        row.bind(breaker.lastTrip.map { anchor.wall($0.at) })
        row.bind(breaker.lastTrip.map { ReasonBlob.encode($0.reason) })
        row.bind(try declared.map { try texts.text($0) })
        try row.run()
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
    fileprivate func bind(to row: inout ParameterBinder, _ anchor: ClockAnchor) {
        var (until, length, refused, successes): (Int64?, Int64?, Int64?, Int64?) = (nil, nil, nil, nil)
        var override: Override?
        switch self {
        case .closed: break
        case .open(let opening):
            until = anchor.deadlineWall(opening.until)
            (length, refused) = (opening.length.nanoseconds, Int64(opening.refused))
        case .halfOpen(let probation): successes = Int64(probation.successes)
        case .forced(let forced):
            until = forced.until.map(anchor.deadlineWall)
            override = forced
        }
        for number in [until, length, refused, successes] { row.bind(number) }
        row.bind(override?.mode.rawValue)
        row.bind(override?.actor)
        row.bind(override?.note)
    }
}

extension Totals {
    /// - Parameter column: of `total_success`; the others follow it.
    init?(row: RawRow, from column: Int32) {
        guard let success = row.natural(column), let failure = row.natural(column + 1),
            let timeout = row.natural(column + 2), let ignored = row.natural(column + 3),
            let rejected = row.natural(column + 4), let late = row.natural(column + 5),
            let lostProbes = row.natural(column + 6)
        else { return nil }
        self.init()
        (self.success, self.failure, self.timeout) = (success, failure, timeout)
        (self.ignored, self.rejected) = (ignored, rejected)
        (self.late, self.lostProbes) = (late, lostProbes)
    }
}
