import BreakerWire
import NIOCore

/// JSON texts that somebody else wrote.
enum JSONText {
    static func parse(_ text: String) throws(JSONProblem) -> JSONValue {
        try JSONText.parse(ByteBuffer(string: text))
    }

    static func parse(_ bytes: ByteBuffer) throws(JSONProblem) -> JSONValue {
        let result = bytes.withUnsafeReadableBytes { bytes -> Result<JSONValue, JSONProblem> in
            do throws(JSONProblem) { return .success(try JSONParser.parse(bytes)) } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
