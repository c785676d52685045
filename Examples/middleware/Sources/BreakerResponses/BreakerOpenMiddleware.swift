public import BreakerClient
import HTTPTypes
public import Hummingbird
import Logging
import NIOCore

/// Answers a request that a breaker has stopped with 503 and `Retry-After`.
///
///     let router = Router()
///     router.add(middleware: BreakerOpenMiddleware())
///
/// The body is a problem of RFC 9457. It tells neither which dependency is away nor why: that is for the log,
/// at debug. Any other error goes on to whoever answers it.
public struct BreakerOpenMiddleware<Context: RequestContext>: RouterMiddleware {
    /// Answers every request that it stands before.
    public init() {}

    /// The answer of `next`, or of this if `next` throws `BreakerOpen`.
    public func handle(
        _ request: Request, context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let refusal as BreakerOpen {
            context.logger.debug(
                "breaker_open",
                metadata: ["breaker": "\(refusal.breaker)", "reason": "\(refusal.reason)"])
            return Response(refusal)
        }
    }
}

extension Response {
    /// 503 and when to come back, in whole seconds, at least one; no time where nobody knows it.
    public init(_ refusal: BreakerOpen) {
        var headers: HTTPFields = [.contentType: "application/problem+json"]
        if let wait = refusal.retryAfter {
            let (seconds, attoseconds) = wait.components
            headers[.retryAfter] = "\(max(1, seconds + (attoseconds > 0 ? 1 : 0)))"
        }
        self.init(
            status: .serviceUnavailable, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: Response.problem)))
    }

    private static let problem = """
        {"type":"about:blank","title":"Service Unavailable","status":503,\
        "detail":"This cannot be done at the moment. Please try again later."}
        """
}
