import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// What all answers have in common: the rules of access before them, errors as JSON, and headers that keep
/// browsers from taking them for more than they are.
struct Answering: RouterMiddleware {
    let access: AccessRules

    func handle(
        _ request: Request, context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        var response = await self.answer(request, context, next)
        for (name, value) in Answering.headers where response.headers[name] == nil {
            response.headers[name] = value
        }
        return response
    }

    private func answer(
        _ request: Request, _ context: BasicRequestContext,
        _ next: (Request, BasicRequestContext) async throws -> Response
    ) async -> Response {
        do {
            try self.access.check(request)
            return try await next(request, context)
        } catch let error as WebError {
            return Response(error)
        } catch let error as HTTPError {
            let code = error.status == .notFound ? "not_found" : "bad_request"
            return Response(WebError(error.status, code, error.body ?? error.status.reasonPhrase))
        } catch {
            return Response(WebError(.internalServerError, "internal", "\(error)"))
        }
    }

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
