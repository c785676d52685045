import BreakerClient

/// A kind of value in a policy: how it is typed and how it is read.
struct PolicyKind<Value: Hashable & Sendable>: Sendable {
    let takes: String
    let read: @Sendable (String) -> Value?
    let text: @Sendable (Value) -> String
}

extension PolicyKind {
    /// The same, or `off`.
    var orOff: PolicyKind<BreakerPolicy.Threshold<Value>> {
        PolicyKind<BreakerPolicy.Threshold<Value>>(
            takes: "\(self.takes), or off",
            read: { text in
                ["off", "null", "none"].contains(text.lowercased()) ? .off : self.read(text).map { .at($0) }
            },
            text: { value in
                switch value {
                case .off: "off"
                case .at(let value): self.text(value)
                }
            })
    }
}

extension PolicyKind<Double> {
    static var number: Self { Self(takes: "a number", read: { Double.finite($0) }, text: { $0.spelled }) }

    /// A share of 0…1, or per cent.
    static var share: Self {
        Self(
            takes: "a share such as 0.3 or 30%",
            read: {
                $0.hasSuffix("%") ? Double.finite(String($0.dropLast())).map { $0 / 100 } : Double.finite($0)
            },
            text: { $0.spelled })
    }
}

extension PolicyKind<Int> {
    static var count: Self {
        Self(takes: "a whole number", read: { Int($0) }, text: { String($0) })
    }
}

extension PolicyKind<Bool> {
    static var flag: Self {
        Self(
            takes: "true or false", read: { Bool($0.lowercased()) }, text: { $0 ? "true" : "false" })
    }
}

extension PolicyKind<Duration> {
    static var span: Self {
        Self(
            takes: "a duration such as 250ms, 30s or 5m", read: { TimeSpan(argument: $0)?.duration },
            text: { WireSpan.spelled($0) })
    }
}

extension PolicyKind<BreakerPolicy.Window> {
    static var window: Self {
        Self(
            takes: "a duration such as 30s, or a number of calls such as 100",
            read: { text in
                Int(text).map { .calls($0) } ?? TimeSpan(argument: text).map { .time($0.duration) }
            },
            text: { window in
                switch window {
                case .time(let time): WireSpan.spelled(time)
                case .calls(let calls): String(calls)
                }
            })
    }
}

extension PolicyKind<BreakerPolicy.MinReporters> {
    static var reporters: Self {
        Self(
            takes: "auto or a whole number",
            read: { text in text == "auto" ? .automatic : Int(text).map { .atLeast($0) } },
            text: { reporters in
                switch reporters {
                case .automatic: "auto"
                case .atLeast(let least): String(least)
                }
            })
    }
}

extension Double {
    fileprivate static func finite(_ text: String) -> Double? {
        Double(text).flatMap { $0.isFinite ? $0 : nil }
    }

    /// 2 rather than 2.0.
    fileprivate var spelled: String {
        self == self.rounded() && abs(self) < 1e15 ? String(Int64(self)) : String(self)
    }
}
