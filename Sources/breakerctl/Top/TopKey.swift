/// What was pressed.
enum TopKey: Hashable, Sendable {
    case character(Character)
    case up, down, pageUp, pageDown
    case enter, escape, backspace
    /// Ctrl-C.
    case interrupt

    /// The keys in what one read from a terminal gave. Escape sequences that nobody knows are passed over.
    static func keys(in bytes: [UInt8]) -> [TopKey] {
        var keys: [TopKey] = []
        var rest = bytes[...]
        while let byte = rest.first {
            if byte == 0x1b, rest.count > 1 {
                keys += TopKey.sequence(&rest).map { [$0] } ?? []
                continue
            }
            rest = rest.dropFirst()
            switch byte {
            case 0x03: keys.append(.interrupt)
            case 0x0a, 0x0d: keys.append(.enter)
            case 0x1b: keys.append(.escape)
            case 0x08, 0x7f: keys.append(.backspace)
            case 0x20...0x7e: keys.append(.character(Character(UnicodeScalar(byte))))
            default: break
            }
        }
        return keys
    }

    /// `ESC [ … letter` or `ESC O letter`; takes it away from `bytes`.
    private static func sequence(_ bytes: inout ArraySlice<UInt8>) -> TopKey? {
        let body = bytes.dropFirst(2)
        guard let end = body.firstIndex(where: { (0x40...0x7e).contains($0) }) else {
            bytes = []
            return nil
        }
        let text = String(decoding: body[body.startIndex...end], as: UTF8.self)
        bytes = bytes[(end + 1)...]
        return switch text {
        case "A": .up
        case "B": .down
        case "5~": .pageUp
        case "6~": .pageDown
        default: nil
        }
    }
}
