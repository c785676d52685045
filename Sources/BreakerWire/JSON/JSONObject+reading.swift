// Reading a reply's members leniently: nil where one is absent or of another kind. Requests are read with
// `FieldReader`, which tells what is wrong.

package import BreakerCore

extension JSONObject {
    package func text(_ key: String) -> String? {
        if case .string(let text) = self[key] { text } else { nil }
    }

    package func integer(_ key: String) -> Int64? {
        if case .integer(let integer) = self[key] { integer } else { nil }
    }

    /// An integer that is not negative.
    package func count(_ key: String) -> Int? {
        self.integer(key).flatMap { $0 >= 0 ? Int($0) : nil }
    }

    /// Any number.
    package func double(_ key: String) -> Double? {
        switch self[key] {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        case .null, .bool, .string, .array, .object, nil: nil
        }
    }

    package func bool(_ key: String) -> Bool? {
        if case .bool(let flag) = self[key] { flag } else { nil }
    }

    package func object(_ key: String) -> JSONObject? {
        if case .object(let object) = self[key] { object } else { nil }
    }

    package func array(_ key: String) -> [JSONValue]? {
        if case .array(let elements) = self[key] { elements } else { nil }
    }

    /// A `…_ms` member.
    package func milliseconds(_ key: String) -> Interval? {
        self.double(key).map(Interval.init(milliseconds:))
    }
}

extension Interval {
    /// As a `…_ms` member: an integer where it is one, else a decimal.
    package var wireMilliseconds: JSONValue {
        self.nanoseconds % 1_000_000 == 0
            ? .integer(self.nanoseconds / 1_000_000) : .number(self.milliseconds)
    }
}
