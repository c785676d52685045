import BreakerServer
import BreakerWire
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// The live page: a document, its modules and its style, all of the program's own. It asks the API, as
/// anybody else does.
struct PageRoute: Sendable {
    private struct File: Sendable {
        let type: String
        let bytes: ByteBuffer
        /// Changes with the file.
        let tag: String

        init(_ type: String, _ bytes: [UInt8]) {
            self.type = type
            self.bytes = ByteBuffer(bytes: bytes)
            var sum = CRC32()
            sum.add(bytes)
            self.tag = "\"\(String(sum.value, radix: 16))\""
        }
    }

    private static let script = "text/javascript; charset=utf-8"

    /// What is served where. Made at each request, so that a daemon that nobody looks at holds none of it.
    private static let files: [(path: String, file: @Sendable () -> File)] = [
        ("/", { File("text/html; charset=utf-8", PackageResources.index_html) }),
        ("/page/page.css", { File("text/css; charset=utf-8", PackageResources.page_css) }),
        ("/page/favicon.svg", { File("image/svg+xml", PackageResources.favicon_svg) }),
        ("/page/actions.mjs", { File(script, PackageResources.actions_mjs) }),
        ("/page/api.mjs", { File(script, PackageResources.api_mjs) }),
        ("/page/breaker.mjs", { File(script, PackageResources.breaker_mjs) }),
        ("/page/dom.mjs", { File(script, PackageResources.dom_mjs) }),
        ("/page/fleet.mjs", { File(script, PackageResources.fleet_mjs) }),
        ("/page/main.mjs", { File(script, PackageResources.main_mjs) }),
        ("/page/minutes.mjs", { File(script, PackageResources.minutes_mjs) }),
        ("/page/overview.mjs", { File(script, PackageResources.overview_mjs) }),
        ("/page/past.mjs", { File(script, PackageResources.past_mjs) }),
        ("/page/spark.mjs", { File(script, PackageResources.spark_mjs) }),
        ("/page/stream.mjs", { File(script, PackageResources.stream_mjs) }),
        ("/page/opening.mjs", { File(script, PackageResources.opening_mjs) }),
        ("/page/timeline.mjs", { File(script, PackageResources.timeline_mjs) }),
        ("/page/words.mjs", { File(script, PackageResources.words_mjs) }),
    ]

    private static let settingsPath = "/page/settings.json"

    static let paths = files.map(\.path) + [settingsPath]

    let settings: HTTPSettings

    /// All from here and nothing inline: what a breaker's name or an operator's reason holds cannot run.
    private static let contentSecurityPolicy = """
        default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
        base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """

    func add(to router: Router<WebContext>) {
        for (path, file) in PageRoute.files {
            router.get(RouterPath(path)) { request, _ in PageRoute.answer(request, with: file()) }
        }
        let traceURL = self.settings.traceURL.map { JSONText.quoted($0) } ?? "null"
        router.get(RouterPath(PageRoute.settingsPath)) { _, _ in
            Response(.ok, json: "{\"trace_url\":\(traceURL)}")
        }
    }

    private static func answer(_ request: Request, with file: File) -> Response {
        // Asked for anew each time, and sent only where it is another one: after an upgrade the modules must
        // fit each other.
        let headers: HTTPFields = [
            .contentType: file.type, .cacheControl: "no-cache", .eTag: file.tag,
            .contentSecurityPolicy: PageRoute.contentSecurityPolicy,
        ]
        if request.headers[.ifNoneMatch] == file.tag {
            return Response(status: .notModified, headers: headers)
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: file.bytes))
    }
}
