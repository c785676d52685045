import BreakerCore
import Testing

@Suite("A policy's fields")
struct PolicyPatchTests {
    struct Range: Sendable, CustomTestStringConvertible {
        var field: PolicyField
        var takes: [PolicyValue]
        var refuses: [PolicyValue]
        var testDescription: String { self.field.rawValue }
    }

    /// The table of the documentation, edge by edge.
    static let table: [Range] = [
        rate(.failureRate), rate(.slowCallRate),
        duration(.slowCall, "1ms", "1h", below: "0.999999ms", above: "3600001ms", off: true),
        integers(.consecutiveFailures, 1, 1_000_000, off: true),
        Range(
            field: .window,
            takes: [.text("10ms"), .text("10s"), .text("24h"), .integer(1), .integer(10_000)],
            refuses: [
                .text("9ms"), .text("86401s"), .integer(0), .integer(10_001), .off, .number(5), .text("100"),
                .flag(true),
            ]),
        integers(.minCalls, 1, 1_000_000),
        Range(
            field: .minReporters, takes: [.text("auto"), .integer(1), .integer(64)],
            refuses: [.integer(0), .integer(65), .text("Auto"), .off, .number(2)]),
        duration(.openFor, "1ms", "24h", below: "0.5ms", above: "86401s"),
        numbers(.openMultiplier, 1, 100),
        duration(.openMax, "1ms", "7d", below: "0.5ms", above: "604801s"),
        numbers(.openJitter, 0, 0.5),
        integers(.probes, 1, 1_000),
        integers(.probeSuccesses, 1, 1_000),
        duration(.probeLease, "1ms", "5m", below: "0.5ms", above: "301s"),
        Range(
            field: .honorRetryAfter, takes: [.flag(true), .flag(false)],
            refuses: [.integer(1), .text("true"), .off]),
        duration(.idleAfter, "1s", "365d", below: "999ms", above: "366d"),
    ]

    private static func rate(_ field: PolicyField) -> Range {
        Range(
            field: field,
            takes: [.number(0.5), .number(1), .integer(1), .number(.leastNonzeroMagnitude), .off],
            refuses: [
                .number(0), .integer(0), .number(-0.1), .number(1.0000001), .integer(2), .number(.nan),
                .number(.infinity), .text("0.5"), .flag(true),
            ])
    }

    private static func integers(_ field: PolicyField, _ least: Int, _ most: Int, off: Bool = false) -> Range
    {
        Range(
            field: field, takes: [.integer(least), .integer(most)] + (off ? [.off] : []),
            refuses: [
                .integer(least - 1), .integer(most + 1), .integer(.min), .number(2), .text("2"), .flag(true),
            ]
                + (off ? [] : [.off]))
    }

    private static func numbers(_ field: PolicyField, _ least: Double, _ most: Double) -> Range {
        Range(
            field: field, takes: [.number(least), .number(most), .integer(Int(least))],
            refuses: [
                .number(least.nextDown), .number(most.nextUp), .number(.nan), .off, .text("1"), .flag(false),
            ])
    }

    private static func duration(
        _ field: PolicyField, _ least: String, _ most: String, below: String, above: String, off: Bool = false
    ) -> Range {
        Range(
            field: field, takes: [.text(least), .text(most)] + (off ? [.off] : []),
            refuses: [.text(below), .text(above), .text("soon"), .integer(5), .flag(true)]
                + (off ? [] : [.off]))
    }

    @Test("Every field is in the table")
    func complete() {
        #expect(Set(Self.table.map(\.field)) == Set(PolicyField.allCases))
    }

    @Test("Takes its range to the edges and gives it back", arguments: table)
    func takes(range: Range) throws {
        for value in range.takes {
            var patch = PolicyPatch()
            try patch.set(range.field, to: value)
            let kept = try #require(patch[range.field])
            var policy = Policy.default
            try policy.set(range.field, to: kept)
            #expect(policy.value(of: range.field) == kept)
        }
    }

    @Test("Refuses everything else and says what it takes", arguments: table)
    func refuses(range: Range) throws {
        for value in range.refuses {
            var patch = PolicyPatch()
            let problem = try #require(throws: PolicyProblem.self, "\(value)") {
                try patch.set(range.field, to: value)
            }
            #expect(problem.field == range.field)
            #expect(problem.message.hasPrefix("must be "))
            #expect(patch.isEmpty)
        }
    }

    @Test("A default is within its own range", arguments: PolicyField.allCases)
    func defaults(field: PolicyField) throws {
        var patch = PolicyPatch()
        try patch.set(field, to: Policy.default.value(of: field))
    }

    @Test("The defaults are those of the documentation")
    func documentedDefaults() {
        let documented: [PolicyField: PolicyValue] = [
            .failureRate: .number(0.5), .slowCall: .off, .slowCallRate: .off, .consecutiveFailures: .off,
            .window: .text("10s"), .minCalls: .integer(20), .minReporters: .text("auto"),
            .openFor: .text("30s"),
            .openMultiplier: .number(2), .openMax: .text("5m"), .openJitter: .number(0.1),
            .probes: .integer(3),
            .probeSuccesses: .integer(3), .probeLease: .text("30s"), .honorRetryAfter: .flag(false),
            .idleAfter: .text("24h"),
        ]
        for field in PolicyField.allCases {
            #expect(Policy.default.value(of: field) == documented[field])
        }
    }

    @Test("Values are kept in their canonical spelling")
    func canonical() throws {
        var patch = PolicyPatch()
        try patch.set(.openFor, to: .text("60s"))
        try patch.set(.failureRate, to: .integer(1))
        #expect(patch[.openFor] == .text("1m"))
        #expect(patch[.failureRate] == .number(1))
        #expect(patch[.probes] == nil)
    }
}
