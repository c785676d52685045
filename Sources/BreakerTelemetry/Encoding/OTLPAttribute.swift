/// A key and a value.
struct OTLPAttribute {
    enum Value {
        case text(String)
        case integer(Int64)
        case number(Double)
        case texts([String])

        /// With texts cut at so many characters, as the specification wants them counted; nil: whole.
        func cut(at length: Int?) -> Value {
            guard let length else { return self }
            return switch self {
            case .text(let text): .text(String(text.prefix(length)))
            case .texts(let texts): .texts(texts.map { String($0.prefix(length)) })
            case .integer, .number: self
            }
        }
    }

    let key: String
    let value: Value

    init(_ key: String, _ value: Value) {
        (self.key, self.value) = (key, value)
    }
}

extension MessageWriter {
    /// A list of `KeyValue`.
    mutating func attributes(_ number: UInt64, _ attributes: some Sequence<OTLPAttribute>) {
        self.messages(number, "attributes", attributes) { pair, attribute in
            pair.string(1, "key", attribute.key)
            pair.message(2, "value") { $0.value(attribute.value) }
        }
    }

    /// The one field of an `AnyValue`.
    mutating func value(_ value: OTLPAttribute.Value) {
        switch value {
        case .text(let text): self.string(1, "stringValue", text)
        case .integer(let integer): self.integer(3, "intValue", integer)
        case .number(let number): self.double(4, "doubleValue", number)
        case .texts(let texts):
            self.message(5, "arrayValue") { list in
                list.messages(1, "values", texts) { $0.value(.text($1)) }
            }
        }
    }
}
