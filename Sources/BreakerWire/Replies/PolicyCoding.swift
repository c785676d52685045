// Policies and their parts as JSON: the same fields whole, in part, asked for and answered.

package import BreakerCore

extension PolicyPatch {
    /// Checks every member; `path` is what errors put before a field's name: "policy".
    package init(_ object: JSONObject, path: String) throws(WireError) {
        self.init()
        for member in object.members {
            guard let field = PolicyField(rawValue: member.key) else {
                throw .badRequest("\(path).\(member.key.clipped)", "is not a field of a policy")
            }
            do throws(PolicyProblem) {
                try self.set(field, to: PolicyValue(member.value))
            } catch {
                throw .badRequest("\(path).\(field.rawValue)", error.message)
            }
        }
    }
}

extension PolicyValue {
    /// Arrays and objects become a text that no field takes: the field then says what it does take.
    init(_ value: JSONValue) {
        switch value {
        case .null: self = .off
        case .bool(let flag): self = .flag(flag)
        case .integer(let integer): self = .integer(Int(integer))
        case .number(let number): self = .number(number)
        case .string(let text): self = .text(text)
        case .array, .object: self = .text("")
        }
    }

    package var json: JSONValue {
        switch self {
        case .off: .null
        case .flag(let flag): .bool(flag)
        case .integer(let integer): .integer(Int64(integer))
        case .number(let number): .number(number)
        case .text(let text): .string(text)
        }
    }
}

extension JSONWriter {
    /// Every field of a policy.
    package mutating func field(_ key: StaticString, _ policy: Policy) {
        self.object(key) { object in
            for field in PolicyField.allCases {
                object.field(named: field.rawValue, policy.value(of: field).json)
            }
        }
    }

    /// The fields that a patch sets, in the order of the protocol's table.
    package mutating func field(_ key: StaticString, _ patch: PolicyPatch) {
        self.object(key) { object in
            for field in PolicyField.allCases {
                guard let value = patch[field] else { continue }
                object.field(named: field.rawValue, value.json)
            }
        }
    }
}
