/// What is told of one instance.
package protocol OfInstance: Sendable {
    var instance: InstanceShare.Instance { get set }
}

/// How much of a breaker's trouble one instance saw.
package struct InstanceShare: OfInstance, Hashable {
    /// A trip names so many at most.
    package static let mostOfTrip = 5

    /// What makes a call one in trouble.
    package enum Trouble: Sendable {
        case failures, slow
    }

    package enum Instance: Hashable, Sendable {
        /// One that has not told its name, or not since the daemon forgot it.
        case hashed(ReporterID)
        case named(String)

        /// The name, or `#` and eight hexadecimal digits.
        package var text: String {
            switch self {
            case .named(let name): name
            case .hashed(let reporter):
                "#" + String(UInt64(reporter.rawValue) + (1 << 32), radix: 16).dropFirst()
            }
        }
    }

    package var instance: Instance
    /// Of its calls in the window, those since trouble began.
    package let calls: UInt32
    package let failures: UInt32
    package let slow: UInt32
    /// Of the failures of all instances, or of all slow calls where it is those that matter: 0…1, in
    /// thousandths.
    package let share: Double

    package init(_ instance: Instance, calls: UInt32, failures: UInt32, slow: UInt32, share: Double) {
        self.instance = instance
        (self.calls, self.failures, self.slow, self.share) = (calls, failures, slow, share)
    }
}

extension UInt64 {
    /// In thousandths; 0 of nothing.
    func share(of whole: UInt64) -> Double {
        whole == 0 ? 0 : (Double(self) / Double(whole) * 1_000).rounded() / 1_000
    }
}
