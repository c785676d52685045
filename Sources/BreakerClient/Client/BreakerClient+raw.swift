// For breakerctl's `--json`: what the daemon says as it says it.

import BreakerWire

/// A member of a raw request.
package enum RawField: Hashable, Sendable {
    /// A JSON string.
    case string(String)
    /// A JSON number without a fraction.
    case integer(Int)
    /// A JSON number; finite.
    case number(Double)
    /// `true` or `false`.
    case bool(Bool)
    /// A text that is JSON already: an object, an array. One that is not is refused before it is sent.
    case json(String)
}

extension BreakerClient {
    /// Sends any operation but `watch` and `hello` and returns the reply as one line of JSON, without `id`.
    ///
    /// - Parameter fields: every member but `op` and `id`.
    /// - Throws: as the typed operations do; `badRequest` for a field that is not JSON.
    package func request(
        _ op: String, _ fields: [(key: String, value: RawField)] = []
    ) async throws(BreakerError) -> String {
        var members = JSONObject()
        for field in fields { members.append(field.key, try field.value.jsonValue(field.key)) }
        let request = Request(named: op, deadline: self.configuration.commandDeadline) { line in
            for member in members.members { line.field(named: member.key, member.value) }
        }
        return try await self.connection.send(request).text
    }

    /// Watches as `watch` does and gives each event as one line of JSON, without `watch`.
    package func watchLines(_ patterns: [String], since: UInt64? = nil) -> BreakerEventLines {
        BreakerEventLines(source: WatchSource(client: self, patterns: patterns, since: since, counts: false))
    }
}

extension RawField {
    func jsonValue(_ key: String) throws(BreakerError) -> JSONValue {
        switch self {
        case .string(let text): return .string(text)
        case .integer(let number): return .integer(Int64(number))
        case .number(let number): return .number(number)
        case .bool(let flag): return .bool(flag)
        case .json(let text):
            do throws(JSONProblem) {
                return try JSONText.parse(text)
            } catch {
                throw BreakerError(.badRequest, "\(key) is not JSON: \(error.message)", field: key)
            }
        }
    }
}
