import BreakerCore
import Testing

@Suite("Names and patterns")
struct NamesTests {
    @Test("A name is 1 to 128 bytes of letters, digits and six marks")
    func names() {
        let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/@-".utf8)
        for byte in UInt8.min...UInt8.max {
            #expect(BreakerName.isAllowed(byte) == allowed.contains(byte))
        }
        #expect(!BreakerName.isValid([]))
        #expect(BreakerName.isValid(Array(repeating: UInt8(ascii: "a"), count: 128)))
        #expect(!BreakerName.isValid(Array(repeating: UInt8(ascii: "a"), count: 129)))
        #expect(BreakerName.isValid("payments/eu-1@v2:x.y_z".utf8))
    }

    @Test(
        "Other characters make no pattern",
        arguments: ["", "a b", "ä", "[a]", "a\\*", String(repeating: "a", count: 129)])
    func badPatterns(pattern: String) {
        #expect(Glob(pattern) == nil)
    }

    @Test("Literal characters are counted without * and ?")
    func literals() {
        #expect(Glob("pay*ment?s")?.literalCount == 8)
        #expect(Glob("***")?.literalCount == 0)
    }

    /// What `*` and `?` mean, word for word.
    private func matches(_ pattern: Substring, _ name: Substring) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        if first == "*" {
            return name.indices.contains { self.matches(pattern.dropFirst(), name[$0...]) }
                || self.matches(pattern.dropFirst(), name.suffix(0))
        }
        guard let character = name.first, first == "?" || first == character else { return false }
        return self.matches(pattern.dropFirst(), name.dropFirst())
    }

    @Test("Matching agrees with the plain definition on random patterns and names")
    func agrees() throws {
        var random = SeededGenerator(seed: Seed.announced(for: "glob"))
        for _ in 0..<20_000 {
            let pattern = String(
                (0..<Int.random(in: 1...8, using: &random)).map { _ in random.pick(Array("aab*?")) })
            let name = String(
                (0..<Int.random(in: 0...10, using: &random)).map { _ in random.pick(Array("aab")) })
            let glob = try #require(Glob(pattern))
            #expect(glob.matches(name) == self.matches(pattern[...], name[...]), "\(pattern) on \(name)")
        }
    }

    @Test("The worst pattern for a backtracking matcher is done at once")
    func worst() throws {
        let glob = try #require(Glob(String(repeating: "a*", count: 63) + "b"))
        #expect(!glob.matches(String(repeating: "a", count: 128)))
    }
}
