/// An address to listen on: a host (name or IP literal) and a port.
package struct TCPEndpoint: Hashable, Sendable {
    /// A name, an IPv4 literal, or an IPv6 literal without its brackets.
    package var host: String
    /// 0…65535; 0 lets the system choose a free one.
    package var port: Int

    /// Loopback only: whoever reaches the daemon may steer every breaker. 2757 is "BRKR" on a phone's keys.
    package static let `default` = TCPEndpoint(host: "127.0.0.1", port: 2757)

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `HOST:PORT` or `[IPV6]:PORT`. Nil for anything else: a bare host or port is too easily a slip.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard
            (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = Int(digits), port <= 65_535,
            let host = TCPEndpoint.host(in: text[..<colon])
        else { return nil }
        self.init(host: host, port: port)
    }

    private static func host(in text: Substring) -> String? {
        if text.first == "[", text.last == "]", text.contains(":") {
            let address = text.dropFirst().dropLast()
            // The zone of a link-local address ("%eth0") is a name; all else is hexadecimal.
            let literal = address.prefix { $0 != "%" }
            let fits =
                literal.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
                && address.allSatisfy(\.isASCII)
            return fits ? String(address) : nil
        }
        let isName = text.utf8.allSatisfy { byte in
            let character = Character(UnicodeScalar(byte))
            return byte < 0x80 && (character.isLetter || character.isNumber || ".-_".contains(character))
        }
        return isName && !text.isEmpty ? String(text) : nil
    }
}

extension TCPEndpoint: CustomStringConvertible {
    /// As it is written in the file: `127.0.0.1:2757`, `[::1]:2757`.
    package var description: String {
        self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)"
    }
}
