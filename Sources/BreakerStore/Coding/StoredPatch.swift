import BreakerCore

/// A policy's set fields as a JSON object, in the spelling of the configuration file.
struct StoredPatch: Codable {
    private struct Value: Codable {
        let value: PolicyValue

        init(_ value: PolicyValue) {
            self.value = value
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self.value = .off
            } else if let flag = try? container.decode(Bool.self) {
                self.value = .flag(flag)
            } else if let integer = try? container.decode(Int.self) {
                self.value = .integer(integer)
            } else if let number = try? container.decode(Double.self) {
                self.value = .number(number)
            } else {
                self.value = .text(try container.decode(String.self))
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self.value {
            case .off: try container.encodeNil()
            case .flag(let flag): try container.encode(flag)
            case .integer(let integer): try container.encode(integer)
            case .number(let number): try container.encode(number)
            case .text(let text): try container.encode(text)
            }
        }
    }

    let patch: PolicyPatch

    init(_ patch: PolicyPatch) {
        self.patch = patch
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.singleValueContainer().decode([String: Value].self)
        var patch = PolicyPatch()
        for (name, value) in values {
            guard let field = PolicyField(rawValue: name) else { continue }
            try patch.set(field, to: value.value)
        }
        self.patch = patch
    }

    func encode(to encoder: any Encoder) throws {
        var values: [String: Value] = [:]
        for (field, value) in self.patch.values {
            values[field.rawValue] = Value(value)
        }
        var container = encoder.singleValueContainer()
        try container.encode(values)
    }
}
