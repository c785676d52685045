/// What one line holds.
package enum ParsedLine {
    case request(Request, RequestID)
    /// `RequestID.none` where the line's id could not be read, or is not one.
    case failure(WireError, RequestID)
    /// Nothing but whitespace: a keepalive.
    case blank
}

/// Turns the lines that a peer sends into requests, or into errors: it never fails otherwise. The usual ones
/// are read by `HotLine`; this one says what any line means.
package enum RequestParser {
    /// Reads one line; a line feed or a carriage return at its end is tolerated. The line's length has been
    /// checked by whoever cut it out.
    package static func parse(_ line: UnsafeRawBufferPointer, limits: WireLimits) -> ParsedLine {
        let isBlank = line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D || $0 == 0x0A }
        if isBlank { return .blank }
        var parser = JSONParser(line)
        do throws(JSONProblem) {
            guard case .object(let object) = try parser.parse() else {
                return .failure(WireError(.parse, "a request must be a JSON object"), .none)
            }
            return self.decode(object, id: parser.id, line: line, limits: limits)
        } catch {
            let message = "\(error.message) (at byte \(error.offset))"
            return .failure(
                WireError(.parse, message, field: error.field),
                self.requestID(parser.id, line: line) ?? RequestID.none
            )
        }
    }

    private static func decode(
        _ object: JSONObject, id: (value: JSONValue, range: Range<Int>)?, line: UnsafeRawBufferPointer,
        limits: WireLimits
    ) -> ParsedLine {
        guard let id = self.requestID(id, line: line) else {
            let requirement =
                "must be an integer from 0 to \(WireLimits.exactInteger) or a string of at most "
                + "\(WireLimits.idBytes) bytes"
            return .failure(.badRequest("id", requirement), .none)
        }
        do throws(WireError) {
            let request = try RequestDecoder(limits: limits).decode(object, id: id)
            return .request(request, id.isNone && request.isQuery ? .ofQuery : id)
        } catch {
            return .failure(error, id)
        }
    }

    /// The line's id, none if it has none; nil if what stands there is not one.
    private static func requestID(
        _ id: (value: JSONValue, range: Range<Int>)?, line: UnsafeRawBufferPointer
    ) -> RequestID? {
        guard let id else { return RequestID.none }
        return RequestID(id.value, json: String(decoding: line[id.range], as: UTF8.self))
    }
}
