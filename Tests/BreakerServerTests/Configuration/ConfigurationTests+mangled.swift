import BreakerServer
import Foundation
import Testing

extension ConfigurationTests {
    @Suite("Mangled files") struct Mangled {
        private static let yaml = """
            listen: [a:1, "[::1]:2"]
            unix_socket: {path: /x, mode: 0600}
            log: {level: info, level: debug}
            limits:
              batch: &n 5
              batch: *n
            policies:
              - match: "pay*"
                failure_rate: .5
              - {match: a, window: 100, match: b}
              - ? match
                : |
                  c
            """

        /// Every answer is good but a trap. The seed says how a text came about.
        @Test(arguments: 0..<20)
        func `a mangled file is taken or refused, never a trap`(seed: UInt64) throws {
            var random = SplitMix(state: seed)
            for _ in 0..<20 {
                var bytes = Array(Mangled.yaml.utf8)
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    let at = Int.random(in: 0..<bytes.count, using: &random)
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0: bytes.remove(at: at)
                    case 1: bytes.insert(Self.spice.randomElement(using: &random) ?? 0, at: at)
                    default: bytes[at] = Self.spice.randomElement(using: &random) ?? 0
                    }
                }
                _ = try Sources.problems(.init(bytes))
            }
        }

        private static let spice = Array("\t\n\r \"'#%&*,-:<>?@[]`{|}!~0é\u{2028}".utf8)

        /// Steele, Lea and Flood's generator: the same numbers for a seed on every platform.
        private struct SplitMix: RandomNumberGenerator {
            var state: UInt64

            mutating func next() -> UInt64 {
                self.state &+= 0x9E37_79B9_7F4A_7C15
                var z = self.state
                z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
                z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
                return z ^ (z >> 31)
            }
        }
    }
}
