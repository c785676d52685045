import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// What all answers have in common: the rules of access before them, errors as JSON, and headers that keep
/// browsers from taking them for more than they are.
struct Answering: RouterMiddleware {
    let access: AccessRules

    func handle(
        _ request: Request, context: WebContext,
        next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        var response = await self.answer(request, context, next)
        for (name, value) in Answering.headers where response.headers[name] == nil {
            response.headers[name] = value
        }
        return response
    }

    private func answer(
        _ request: Request, _ context: WebContext,
        _ next: (Request, WebContext) async throws -> Response
    ) async -> Response {
        do {
            try self.access.check(request)
            return try await next(request, context)
        } catch let error as WebError {
            return Response(error)
        } catch let error as HTTPError {
            return self.answer(error, request)
        } catch {
            return Response(WebError(.internalServerError, "internal", "\(error)"))
        }
    }

    /// What the router has no answer to: another path, or another method.
    private func answer(_ error: HTTPError, _ request: Request) -> Response {
        guard error.status == .notFound else {
            return Response(WebError(error.status, "bad_request", error.body ?? error.status.reasonPhrase))
        }
        let path = request.uri.path
        guard let method = Answering.methods[path] else {
            return Response(WebError(.notFound, "not_found", "there is nothing at \(path)"))
        }
        var response = Response(WebError(.methodNotAllowed, "bad_request", "\(path) takes \(method) alone"))
        response.headers[.allow] = method.rawValue
        return response
    }

    /// The method that each path takes.
    private static let methods: [String: HTTPRequest.Method] = {
        let looking = APIRoutes.looking.map(\.path) + ["events", "openapi.json"]
        let own = PageRoute.paths + ["/livez", "/readyz", "/healthz", "/metrics"]
        let paths = own + looking.map { "/api/v1/\($0)" }
        let changing = APIRoutes.changing.map { ("/api/v1/\($0.path)", HTTPRequest.Method.post) }
        return Dictionary(paths.map { ($0, .get) } + changing, uniquingKeysWith: { first, _ in first })
    }()

    private static let headers: [(HTTPField.Name, String)] = [
        (.cacheControl, "no-store"), (.xContentTypeOptions, "nosniff"),
        (.contentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'"),
        (.referrerPolicy, "no-referrer"),
    ]
}

extension Response {
    init(_ status: HTTPResponse.Status, json: String) {
        self.init(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: json + "\n")))
    }

    init(_ error: WebError) {
        self.init(error.status, json: error.json)
        if error.status == .unauthorized { self.headers[.wwwAuthenticate] = "Bearer" }
    }

    init(_ status: HTTPResponse.Status, text: String) {
        self.init(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
