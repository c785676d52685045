import ArgumentParser
import BreakerClient

/// `field=value` of a policy: `failure_rate=0.3`, `failure_rate=30%`, `window=30s`, `window=100`,
/// `slow_call=off`, `min_reporters=auto`, `honor_retry_after=true`. Checked for name and kind before anything
/// is sent.
struct PolicyAssignment: Sendable {
    let field: PolicyField
    let value: String

    /// - Throws: `ValidationError`, saying what would be right.
    init(_ argument: String) throws {
        guard let separator = argument.firstIndex(of: "="), separator != argument.startIndex else {
            throw ValidationError("Write a field and its value, such as failure_rate=0.3.")
        }
        // People write dashes where the wire has underscores.
        let name = argument[..<separator].replacing("-", with: "_")
        guard let field = PolicyField.all.first(where: { $0.name == name }) else {
            throw ValidationError(
                "There is no field \"\(name.neutralised)\"; the fields are "
                    + PolicyField.all.map(\.name).joined(separator: ", ") + ".")
        }
        self.field = field
        self.value = String(argument[argument.index(after: separator)...])
        var policy = BreakerPolicy()
        guard field.assign(self.value, &policy) else {
            throw ValidationError("\(name) takes \(field.takes).")
        }
    }

    static let completion = CompletionKind.list(PolicyField.all.map { "\($0.name)=" })
}

extension BreakerPolicy {
    /// - Throws: `ValidationError` if a field is there twice.
    init(_ assignments: [PolicyAssignment]) throws {
        self.init()
        var seen: Set<String> = []
        for assignment in assignments {
            let name = assignment.field.name
            guard seen.insert(name).inserted else { throw ValidationError("\(name) is given twice.") }
            _ = assignment.field.assign(assignment.value, &self)
        }
    }
}
