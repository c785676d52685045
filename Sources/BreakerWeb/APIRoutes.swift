import BreakerWire
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// The operations of the protocol, with its members and its words: those that look by `GET` and a query,
/// those that change by `POST` and a JSON object.
struct APIRoutes: Sendable {
    /// A member of a query, and whether it is a number in the protocol.
    struct Parameter: Hashable, Sendable {
        let name: String
        let isNumber: Bool

        static func text(_ name: String) -> Parameter { Parameter(name: name, isNumber: false) }
        static func number(_ name: String) -> Parameter { Parameter(name: name, isNumber: true) }
    }

    /// Path, operation, and what its query may have.
    static let looking: [(path: String, op: String, parameters: [Parameter])] = [
        ("breakers", "list", [.text("match"), .text("state"), .number("limit"), .text("cursor")]),
        ("breaker", "get", [.text("breaker")]),
        ("history", "history", [.text("breaker"), .number("limit"), .number("before")]),
        ("minutes", "minutes", [.text("breaker"), .number("since_ms"), .number("until_ms")]),
        ("summary", "summary", [.number("since_ms"), .number("until_ms"), .text("match"), .number("limit")]),
        ("policies", "policy.list", []),
        ("policy", "policy.get", [.text("breaker")]),
        ("sessions", "sessions", []),
        ("stats", "stats", []),
    ]
    static let changing: [(path: String, op: String)] = [
        ("acquire", "acquire"), ("report", "report"), ("release", "release"), ("declare", "declare"),
        ("override", "override"), ("trip", "trip"), ("reset", "reset"),
        ("policy/set", "policy.set"), ("policy/delete", "policy.delete"),
    ]

    private static let mostBytes = 65_536

    let gateway: Gateway

    func add(to router: RouterGroup<WebContext>) {
        for (path, op, parameters) in APIRoutes.looking {
            router.get(RouterPath(path)) { request, _ in
                try await self.answer(op, APIRoutes.members(of: request.uri, parameters))
            }
        }
        for (path, op) in APIRoutes.changing {
            router.post(RouterPath(path)) { request, _ in
                try await self.answer(op, APIRoutes.members(of: request))
            }
        }
    }

    private func answer(_ op: String, _ members: String) async throws -> Response {
        do {
            return Response(.ok, json: try await self.gateway.perform(op, members))
        } catch let refusal as RefusedRequest {
            return Response(refusal.status, json: refusal.json)
        }
    }

    /// A query as members of JSON.
    static func members(of uri: URI, _ parameters: [Parameter]) throws(WebError) -> String {
        var members: [String] = []
        for (name, value) in uri.queryParameters {
            guard let parameter = parameters.first(where: { $0.name == name }) else {
                throw WebError(.badRequest, "bad_request", "there is no parameter \"\(name)\" here")
            }
            let isNumber = parameter.isNumber && Int(value) != nil
            members.append("\"\(parameter.name)\":\(isNumber ? String(value) : JSONText.quoted(value))")
        }
        return members.joined(separator: ",")
    }

    /// The members of the object that is the body, on one line.
    static func members(of request: Request) async throws -> String {
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: APIRoutes.mostBytes)
        } catch {
            throw WebError(.contentTooLarge, "too_long", "a request has at most \(APIRoutes.mostBytes) bytes")
        }
        try APIRoutes.check(body)
        // JSON has line ends only where it has spaces, too.
        let bytes = body.readableBytesView.map {
            $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") ? 0x20 : $0
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let first = text.firstIndex(of: "{"), let last = text.lastIndex(of: "}") else { return "" }
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        let members = text[text.index(after: first)..<last]
        return members.allSatisfy(isSpace) ? "" : String(members)
    }

    /// Whether it is an object that can be put into a line of the protocol: what is the line's own must be
    /// the gateway's. What else is wrong with it the daemon says.
    private static func check(_ body: ByteBuffer) throws(WebError) {
        let value: JSONValue
        do {
            value = try body.withUnsafeReadableBytes { try JSONParser.parse($0) }
        } catch {
            let problem = error as? JSONProblem
            let place = problem.map { "\($0.message) (at byte \($0.offset))" }
            throw WebError(.badRequest, "parse", place ?? "\(error)")
        }
        guard case .object(let object) = value else {
            throw WebError(.badRequest, "parse", "the body must be a JSON object")
        }
        for name in ["op", "id"] where object[name] != nil {
            throw WebError(.badRequest, "bad_request", "a request over HTTP has no \"\(name)\"")
        }
    }
}
