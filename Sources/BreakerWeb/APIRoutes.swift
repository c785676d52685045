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

    func add(to router: RouterGroup<BasicRequestContext>) {
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

    /// The members of the object that is the body, on one line. What else is wrong with it the daemon's own
    /// parser says.
    static func members(of request: Request) async throws -> String {
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: APIRoutes.mostBytes)
        } catch {
            throw WebError(.contentTooLarge, "too_long", "a request has at most \(APIRoutes.mostBytes) bytes")
        }
        // JSON has line ends only where it has spaces, too.
        let bytes = body.readableBytesView.map {
            $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") ? 0x20 : $0
        }
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        guard let text = String(validating: bytes, as: UTF8.self),
            let first = text.firstIndex(where: { !isSpace($0) }), text[first] == "{",
            let last = text.lastIndex(where: { !isSpace($0) }), text[last] == "}", first < last
        else { throw WebError(.badRequest, "parse", "the body must be a JSON object") }
        let members = text[text.index(after: first)..<last]
        return members.allSatisfy(isSpace) ? "" : String(members)
    }
}
