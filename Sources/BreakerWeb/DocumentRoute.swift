import Hummingbird
import HummingbirdCore
import NIOCore

/// The OpenAPI document of all that is served, for tools that make clients or try them.
/// `scripts/openapi.py` writes it.
struct DocumentRoute: Sendable {
    func add(to router: RouterGroup<WebContext>) {
        router.get("openapi.json") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_json)))
        }
    }
}
