/// Some fields of a policy, each checked when it is set: what a file's rule, an operator or a client asks
/// for.
package struct PolicyPatch: Hashable, Sendable {
    package private(set) var values: [PolicyField: PolicyValue] = [:]

    package init() {}

    package var isEmpty: Bool { self.values.isEmpty }

    /// Takes the value in its canonical spelling ("60s" becomes "1m"), or says what the field takes.
    package mutating func set(_ field: PolicyField, to value: PolicyValue) throws(PolicyProblem) {
        var scratch = Policy.default
        try scratch.set(field, to: value)
        self.values[field] = scratch.value(of: field)
    }

    /// The patch's value of a field; nil where the patch says nothing of it.
    package subscript(field: PolicyField) -> PolicyValue? { self.values[field] }
}
