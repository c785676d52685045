// Keeps the documentation true: its code compiles, its figures are those of the protocol, and its tables name
// what there is.

import BreakerClient
import Foundation
import MetricsTestKit
import Testing

@Suite("The documentation")
struct ArticleTests {
    private let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func text(_ path: String) throws -> String {
        try String(contentsOf: self.root.appendingPathComponent(path), encoding: .utf8)
    }

    private func files(_ folder: String, _ suffix: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(
            atPath: self.root.appendingPathComponent(folder).path
        ).filter { $0.hasSuffix(suffix) }.map { "\(folder)/\($0)" }
    }

    private static let catalog = "Sources/BreakerClient/BreakerClient.docc"

    @Test("has no code that is not compiled and run")
    func code() throws {
        let sources = try ["BreakerClientTests", "BreakerClientTestingTests"]
            .flatMap { try self.files("Tests/\($0)/Documentation", "SnippetTests.swift") }
            .map { try ArticleTests.code(in: self.text($0)) }
        let articles = try self.files(ArticleTests.catalog, ".md") + ["README.md"]
        var blocks = 0
        for article in articles {
            for block in ArticleTests.blocks(try self.text(article)) {
                blocks += 1
                let isThere = sources.contains { $0.contains(block) }
                #expect(isThere, "a test must hold this code of \(article):\n\(block)")
            }
        }
        #expect(blocks >= 15)
    }

    /// The ``` swift ``` blocks, but for imports and blank lines.
    private static func blocks(_ article: String) -> [String] {
        article.components(separatedBy: "```swift\n").dropFirst().map { rest in
            self.code(in: rest.components(separatedBy: "```")[0])
        }
    }

    /// Without indentation, imports and blank lines.
    private static func code(in text: String) -> String {
        text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty && !$0.hasPrefix("import ") }.joined(separator: "\n")
    }

    @Test("promises what the protocol's description promises")
    func promises() throws {
        let rules = try self.text("Protocol/client.md").components(separatedBy: "## 8. ")[1]
        let promises = rules.split(separator: "\n").filter { $0.hasPrefix("|") }
        #expect(promises.count > 5)
        let article = try self.text("\(ArticleTests.catalog)/ModesAndPromises.md")
        #expect(article.contains(promises.joined(separator: "\n")))
    }

    @Test("names every metric, event and attribute, and none that does not exist")
    func tables() async throws {
        let metrics = TestMetrics()
        var configuration = BreakerClient.Configuration()
        configuration.metrics = metrics
        let client = BreakerClient(endpoints: [], configuration: configuration)
        _ = client.breaker("payments")
        let labels =
            metrics.counters.map(\.label) + metrics.meters.map(\.label) + metrics.timers.map(\.label)
        let known =
            labels + ClientLogEvent.allCases.map(\.rawValue) + CallSpanKey.allCases.map(\.rawValue)
        let rows = try self.text("\(ArticleTests.catalog)/Observing.md").split(separator: "\n")
            .filter { $0.hasPrefix("| `") }
            .map { String($0.split(separator: "`")[1]) }
        #expect(Set(rows) == Set(known))
        #expect(rows.count == Set(rows).count)
        await client.shutdown()
    }
}
