import Foundation
import Testing

@Suite("A client vector", .serialized, .timeLimit(.minutes(1)))
struct ClientVectorTests {
    @Test("holds", arguments: try ClientVector.all().map(\.lastPathComponent))
    func holds(file: String) async throws {
        let path = ClientVector.folder.appendingPathComponent(file)
        try await VectorRunner(ClientVector(path)).run()
    }

    @Test("is there for every section of client.md")
    func everySection() throws {
        let document = ClientVector.folder.appendingPathComponent("../client.md")
        let sections = try String(contentsOf: document, encoding: .utf8)
            .matches(of: /(?m)^## (\d+)\./).map { String($0.1) }
        var shown: Set<String> = []
        for path in try ClientVector.all() {
            let text = try String(contentsOf: path, encoding: .utf8)
            for line in text.matches(of: /(?m)^# section (.+)$/) {
                shown.formUnion(line.1.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) })
            }
        }
        #expect(sections.count == 8)
        #expect(shown == Set(sections))
    }
}
