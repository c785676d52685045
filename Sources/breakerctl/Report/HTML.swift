/// HTML in the making: whatever is put in is text, unless it is HTML itself.
struct HTML: Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var markup = ""

        init(literalCapacity: Int, interpolationCount: Int) {}

        mutating func appendLiteral(_ literal: String) { self.markup += literal }
        mutating func appendInterpolation(_ html: HTML) { self.markup += html.markup }
        mutating func appendInterpolation(_ parts: [HTML]) { parts.forEach { self.markup += $0.markup } }
        mutating func appendInterpolation(_ number: some BinaryInteger) { self.markup += "\(number)" }

        /// To a tenth: of a drawing's unit nobody sees less.
        mutating func appendInterpolation(_ number: Double) {
            self.markup += "\((number * 10).rounded() / 10)"
        }

        mutating func appendInterpolation(_ text: String) {
            for character in text.neutralised {
                switch character {
                case "&": self.markup += "&amp;"
                case "<": self.markup += "&lt;"
                case ">": self.markup += "&gt;"
                case "\"": self.markup += "&quot;"
                case "'": self.markup += "&#39;"
                default: self.markup.append(character)
                }
            }
        }
    }

    let markup: String

    init(stringLiteral value: String) { self.markup = value }
    init(stringInterpolation: StringInterpolation) { self.markup = stringInterpolation.markup }
}
