/// Every rule the daemon holds, and which of them decides a field for a name.
///
/// Precedence, highest first and field by field: operator, file, declared by a client, default. Within one
/// source the rule with the most literal characters wins, then the later one.
package struct PolicyBook: Sendable {
    package enum Source: String, Hashable, Sendable {
        case `operator`, file, declared, `default`
    }

    package struct Rule: Hashable, Sendable {
        package var match: Glob
        package var patch: PolicyPatch

        package init(match: Glob, patch: PolicyPatch) {
            self.match = match
            self.patch = patch
        }
    }

    /// Where a field's value comes from; `match` for the sources that have patterns.
    package struct Origin: Hashable, Sendable {
        package let source: Source
        package let match: String?

        package init(source: Source, match: String?) {
            self.source = source
            self.match = match
        }
    }

    /// In the order they were set.
    package private(set) var operatorRules: [Rule] = []
    package private(set) var fileRules: [Rule] = []

    package init(operatorRules: [Rule] = [], fileRules: [Rule] = []) {
        self.operatorRules = operatorRules
        self.fileRules = fileRules
    }

    /// Replaces the operator's rule of the same pattern, or adds it as the latest.
    package mutating func setOperatorRule(_ rule: Rule) {
        self.operatorRules.removeAll { $0.match == rule.match }
        self.operatorRules.append(rule)
    }

    /// Puts a rule back where it stood: its place among rules of equal weight decides between them.
    package mutating func restoreOperatorRule(_ rule: Rule, at position: Int) {
        self.operatorRules.removeAll { $0.match == rule.match }
        self.operatorRules.insert(rule, at: min(position, self.operatorRules.count))
    }

    /// Whether there was one.
    package mutating func removeOperatorRule(match: Glob) -> Bool {
        let before = self.operatorRules.count
        self.operatorRules.removeAll { $0.match == match }
        return self.operatorRules.count < before
    }

    package mutating func replaceFileRules(_ rules: [Rule]) {
        self.fileRules = rules
    }

    /// Which wishes and rules decide for a name. Names that share one share their policy and its origins, as
    /// long as the book stays as it is.
    package struct Decision: Hashable, Sendable {
        fileprivate let declared: PolicyPatch?
        /// Positions in the book, weakest first.
        fileprivate let fileRules: [Int]
        fileprivate let operatorRules: [Int]
    }

    /// What decides for a name, given what its clients declared.
    package func decision(for name: String, declared: PolicyPatch?) -> Decision {
        Decision(
            declared: declared, fileRules: PolicyBook.matching(self.fileRules, name: name),
            operatorRules: PolicyBook.matching(self.operatorRules, name: name))
    }

    /// The policy in effect for a name, given what its clients declared.
    package func effective(for name: String, declared: PolicyPatch?) -> Policy {
        if declared == nil, self.fileRules.isEmpty, self.operatorRules.isEmpty { return .default }
        return self.policy(self.decision(for: name, declared: declared))
    }

    /// The policy that follows from a decision of this book.
    package func policy(_ decision: Decision) -> Policy {
        var policy = Policy.default
        for layer in self.layers(decision) {
            for (field, value) in layer.patch.values {
                // The patch checked the value when it was set.
                try? policy.set(field, to: value)
            }
        }
        return policy
    }

    /// Where each field of that policy comes from.
    package func origins(_ decision: Decision) -> [PolicyField: Origin] {
        var origins: [PolicyField: Origin] = [:]
        for field in PolicyField.allCases {
            origins[field] = Origin(source: .default, match: nil)
        }
        for layer in self.layers(decision) {
            for field in layer.patch.values.keys {
                origins[field] = layer.origin
            }
        }
        return origins
    }

    /// Weakest first, so that a later layer overwrites an earlier one.
    private func layers(_ decision: Decision) -> [(origin: Origin, patch: PolicyPatch)] {
        var layers: [(origin: Origin, patch: PolicyPatch)] = []
        if let declared = decision.declared {
            layers.append((Origin(source: .declared, match: nil), declared))
        }
        let sources = [
            (Source.file, decision.fileRules.map { self.fileRules[$0] }),
            (.operator, decision.operatorRules.map { self.operatorRules[$0] }),
        ]
        for (source, rules) in sources {
            for rule in rules {
                layers.append((Origin(source: source, match: rule.match.pattern), rule.patch))
            }
        }
        return layers
    }

    private static func matching(_ rules: [Rule], name: String) -> [Int] {
        rules.indices.filter { rules[$0].match.matches(name) }.sorted { left, right in
            (rules[left].match.literalCount, left) < (rules[right].match.literalCount, right)
        }
    }
}
