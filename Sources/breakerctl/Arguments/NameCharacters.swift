/// What names are made of.
enum NameCharacters {
    private static let most = 128
    private static let punctuation = Set("._:/@-".utf8)
    private static let wildcards = Set("*?".utf8)

    static func fit(_ text: String, wildcards: Bool) -> Bool {
        (1...self.most).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: self.punctuation.contains(byte) || wildcards && self.wildcards.contains(byte)
                }
            }
    }
}
