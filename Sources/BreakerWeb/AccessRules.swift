// Who may ask, and who may change. A browser on the operator's machine reaches the daemon's loopback port,
// and any page in it can have it sent requests: what a page elsewhere may send is refused here.

import BreakerServer
import HTTPTypes
import Hummingbird
import HummingbirdCore

/// What each request must show.
struct AccessRules {
    private let settings: HTTPSettings

    init(_ settings: HTTPSettings) {
        self.settings = settings
    }

    /// - Throws: `WebError` where the request must not be answered.
    func check(_ request: Request) throws(WebError) {
        guard let authority = request.head.authority, let host = AccessRules.host(in: authority),
            self.isOurs(host)
        else {
            let message = "this name is not configured; see http.hosts"
            throw WebError(.misdirectedRequest, "misdirected", message)
        }
        guard request.method != .get, request.method != .head else { return }
        try self.checkOrigin(request, authority)
        try self.checkToken(request)
        try self.checkType(request)
    }

    /// A page may only change what is of its own origin.
    private func checkOrigin(_ request: Request, _ authority: String) throws(WebError) {
        let site = request.headers[.secFetchSite]
        let isForeign = site.map { $0 != "same-origin" && $0 != "none" } ?? false
        let origin = request.headers[.origin].map {
            $0 == "http://\(authority)" || $0 == "https://\(authority)"
        }
        guard !isForeign, origin ?? true else {
            throw WebError(.forbidden, "forbidden", "a page of another origin may change nothing")
        }
    }

    private func checkToken(_ request: Request) throws(WebError) {
        guard let token = self.settings.token else { return }
        let shown = request.headers[.authorization] ?? ""
        guard AccessRules.isSame(shown, "Bearer \(token)") else {
            throw WebError(.unauthorized, "unauthorized", "changes need Authorization: Bearer and the token")
        }
    }

    /// A form of a page elsewhere cannot have this type without being asked for leave first.
    private func checkType(_ request: Request) throws(WebError) {
        let type = request.headers[.contentType]?.lowercased() ?? ""
        guard type == "application/json" || type.hasPrefix("application/json;") else {
            throw WebError(.unsupportedMediaType, "bad_request", "the body must be application/json")
        }
    }

    /// Without a hint by the time that it takes.
    private static func isSame(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        var difference = left.count == right.count ? UInt8(0) : 1
        for (index, byte) in left.enumerated() { difference |= byte ^ right[index % right.count] }
        return difference == 0
    }

    /// A name resolves to wherever its owner wants, and a page under it would be of our origin then.
    private func isOurs(_ host: String) -> Bool {
        host == "localhost" || host == self.settings.endpoint.host.lowercased()
            || self.settings.hosts.contains(host) || AccessRules.isAddress(host)
    }

    private static func isAddress(_ host: String) -> Bool {
        if host.contains(":") { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }

    /// Without its port, in lower case; nil: it is no authority.
    private static func host(in authority: String) -> String? {
        let text = authority.lowercased()
        if text.hasPrefix("[") {
            return text.firstIndex(of: "]").map { String(text[text.index(after: text.startIndex)..<$0]) }
        }
        let host = text.prefix { $0 != ":" }
        return host.isEmpty ? nil : String(host)
    }
}
