import BreakerCore
import BreakerWire

extension PolicyValue {
    init(_ duration: Duration) { self = .text(Interval(duration).description) }

    /// As a person writes it in a shell.
    init(text: String) {
        switch text {
        case "null", "off": self = .off
        case "true": self = .flag(true)
        case "false": self = .flag(false)
        default:
            if let integer = Int(text) {
                self = .integer(integer)
            } else if let number = Double(text), number.isFinite {
                self = .number(number)
            } else {
                self = .text(text)
            }
        }
    }

    /// Nil for what no field of a policy is: arrays and objects.
    init?(_ json: JSONValue) {
        switch json {
        case .null: self = .off
        case .bool(let flag): self = .flag(flag)
        case .integer(let integer): self = .integer(Int(integer))
        case .number(let number): self = .number(number)
        case .string(let text): self = .text(text)
        case .array, .object: return nil
        }
    }

    var json: JSONValue {
        switch self {
        case .off: .null
        case .flag(let flag): .bool(flag)
        case .integer(let integer): .integer(Int64(integer))
        case .number(let number): .number(number)
        case .text(let text): .string(text)
        }
    }

    var integer: Int? { if case .integer(let integer) = self { integer } else { nil } }

    var double: Double? {
        switch self {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        case .off, .flag, .text: nil
        }
    }

    var duration: Duration? {
        if case .text(let text) = self { Interval(text).map(Duration.init) } else { nil }
    }
}
