/// A pattern over names: literal characters, `*` for any run of characters, `?` for exactly one.
package struct Glob: Hashable, Sendable {
    package let pattern: String
    /// How many characters are literal. Among matching rules the one with the most wins.
    package let literalCount: Int

    /// Nil unless the pattern is 1…128 bytes of a name's characters, `*` and `?`.
    package init?(_ pattern: String) {
        let bytes = pattern.utf8
        let wildcards: Set<UInt8> = [UInt8(ascii: "*"), UInt8(ascii: "?")]
        guard (1...BreakerName.maximumBytes).contains(bytes.count),
            bytes.allSatisfy({ BreakerName.isAllowed($0) || wildcards.contains($0) })
        else { return nil }
        self.pattern = pattern
        self.literalCount = bytes.count { !wildcards.contains($0) }
    }

    /// Whether it has no wildcard and fits one name only.
    package var isLiteral: Bool { self.literalCount == self.pattern.utf8.count }

    /// Whether the whole of `name` fits. Linear in name × pattern at worst: it backtracks to the last `*`
    /// only.
    package func matches(_ name: String) -> Bool {
        let pattern = Array(self.pattern.utf8)
        let name = Array(name.utf8)
        var (p, n) = (0, 0)
        var retry: (pattern: Int, name: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                retry = (p + 1, n)
                p += 1
            } else if p < pattern.count, pattern[p] == UInt8(ascii: "?") || pattern[p] == name[n] {
                p += 1
                n += 1
            } else if let last = retry {
                retry = (last.pattern, last.name + 1)
                (p, n) = (last.pattern, last.name + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
