import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The service that the fleet depends on, reached over HTTP.
struct Dependency: Sendable {
    /// It answered, and not with a 2xx.
    struct Failed: Error {
        let status: Int
    }

    private let request: URLRequest
    private let session: URLSession

    /// - Parameter caller: who calls, for the dependency's own log.
    init(url: URL, caller: String) {
        var request = URLRequest(url: url, timeoutInterval: 10)
        request.setValue(caller, forHTTPHeaderField: "X-Caller")
        self.request = request
        self.session = URLSession(configuration: .ephemeral)
    }

    func call() async throws {
        let (_, response) = try await self.session.data(for: self.request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        guard (200..<300).contains(status) else { throw Failed(status: status) }
    }
}
