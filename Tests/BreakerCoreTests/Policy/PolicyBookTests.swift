import BreakerCore
import Testing

@Suite("Which rule decides")
struct PolicyBookTests {
    private func rule(_ match: String, _ values: [PolicyField: PolicyValue]) throws -> PolicyBook.Rule {
        PolicyBook.Rule(match: try #require(Glob(match)), patch: try self.patch(values))
    }

    private func patch(_ values: [PolicyField: PolicyValue]) throws -> PolicyPatch {
        var patch = PolicyPatch()
        for (field, value) in values { try patch.set(field, to: value) }
        return patch
    }

    @Test("Operator before file before declared before default, field by field")
    func precedence() throws {
        let book = PolicyBook(
            operatorRules: [try self.rule("*", [.probes: .integer(9)])],
            fileRules: [try self.rule("payments", [.probes: .integer(8), .minCalls: .integer(8)])])
        let declared = try self.patch([
            .probes: .integer(7), .minCalls: .integer(7), .probeSuccesses: .integer(7),
        ])
        let policy = book.effective(for: "payments", declared: declared)
        #expect((policy.probes, policy.minCalls, policy.probeSuccesses) == (9, 8, 7))
        #expect(policy.openFor == Policy.default.openFor)
        let origins = book.origins(book.decision(for: "payments", declared: declared))
        #expect(origins[.probes] == PolicyBook.Origin(source: .operator, match: "*"))
        #expect(origins[.minCalls] == PolicyBook.Origin(source: .file, match: "payments"))
        #expect(origins[.probeSuccesses] == PolicyBook.Origin(source: .declared, match: nil))
        #expect(origins[.openFor] == PolicyBook.Origin(source: .default, match: nil))
        #expect(origins.count == PolicyField.allCases.count)
    }

    @Test("Within a source more literal characters win, then the later rule")
    func specificity() throws {
        var book = PolicyBook(fileRules: [
            try self.rule("payments", [.probes: .integer(1)]),
            try self.rule("pay*", [.probes: .integer(2), .minCalls: .integer(2)]),
            try self.rule("*nts", [.minCalls: .integer(3)]),
            try self.rule("orders", [.idleAfter: .text("1s")]),
        ])
        #expect(book.effective(for: "payments", declared: nil).probes == 1)
        #expect(book.effective(for: "payments", declared: nil).minCalls == 3)
        #expect(book.effective(for: "payment", declared: nil).minCalls == 2)
        book.replaceFileRules([])
        #expect(book.effective(for: "payments", declared: nil) == .default)
    }

    @Test("Null in a higher source switches off what a lower one set")
    func nullWins() throws {
        let book = PolicyBook(operatorRules: [try self.rule("*", [.failureRate: .off])])
        let declared = try self.patch([.failureRate: .number(0.1)])
        #expect(book.effective(for: "a", declared: declared).failureRate == nil)
    }

    @Test("Setting a pattern again replaces its rule as a whole and makes it the latest")
    func replaces() throws {
        var book = PolicyBook()
        book.setOperatorRule(try self.rule("a?", [.probes: .integer(1), .minCalls: .integer(1)]))
        book.setOperatorRule(try self.rule("?b", [.probes: .integer(2)]))
        #expect(book.effective(for: "ab", declared: nil).probes == 2)
        book.setOperatorRule(try self.rule("a?", [.probes: .integer(3)]))
        let policy = book.effective(for: "ab", declared: nil)
        #expect((policy.probes, policy.minCalls) == (3, 20))
        let match = try #require(Glob("a?"))
        let removed = [book.removeOperatorRule(match: match), book.removeOperatorRule(match: match)]
        #expect(removed == [true, false])
        #expect(book.effective(for: "ab", declared: nil).probes == 2)
    }
}
