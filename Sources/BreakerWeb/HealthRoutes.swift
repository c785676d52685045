import BreakerServer
import Hummingbird
import HummingbirdCore

/// What orchestrators and load balancers ask.
struct HealthRoutes: Sendable {
    let door: InnerDoor
    let gateway: Gateway

    func add(to router: Router<WebContext>) {
        // It answers: it lives. A daemon whose disk fails must not be restarted for it.
        router.get("livez") { _, _ in Response(.ok, text: "ok\n") }
        router.get("readyz") { _, _ in await self.ready() }
        router.get("healthz") { request, _ in
            await self.health(isVerbose: request.uri.queryParameters["verbose"] != nil)
        }
    }

    private func ready() async -> Response {
        let reasons = await self.checks().compactMap { $0.problem.map(JSONText.quoted) }
        let json = "{\"ready\":\(reasons.isEmpty),\"reasons\":[\(reasons.joined(separator: ","))]}"
        return Response(reasons.isEmpty ? .ok : .serviceUnavailable, json: json)
    }

    private func health(isVerbose: Bool) async -> Response {
        let checks = await self.checks()
        let isWell = checks.allSatisfy { $0.problem == nil }
        var text = isWell ? "ok\n" : "unhealthy\n"
        if isVerbose {
            text =
                checks.map { check in
                    check.problem.map { "[-] \(check.name): \($0)\n" } ?? "[+] \(check.name): ok\n"
                }.joined() + text
        }
        return Response(isWell ? .ok : .serviceUnavailable, text: text)
    }

    private func checks() async -> [InnerDoor.Check] {
        var checks = self.door.checks
        do {
            _ = try await self.gateway.perform("ping")
            checks.append(InnerDoor.Check(name: "engine", problem: nil))
        } catch {
            checks.append(InnerDoor.Check(name: "engine", problem: "it does not answer"))
        }
        return checks
    }
}
