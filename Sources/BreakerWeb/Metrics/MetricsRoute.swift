import BreakerServer
import HTTPTypes
import Hummingbird
import HummingbirdCore

/// `GET /metrics`, for Prometheus and whatever else reads its formats.
struct MetricsRoute: Sendable {
    let door: InnerDoor

    func add(to router: Router<WebContext>) {
        router.get("metrics") { request, _ in
            let format = ExpositionFormat(accept: request.headers[.accept])
            return Response(
                status: .ok, headers: [.contentType: format.contentType],
                body: ResponseBody(byteBuffer: Exposition.text(of: self.door.metrics(), as: format)))
        }
    }
}
