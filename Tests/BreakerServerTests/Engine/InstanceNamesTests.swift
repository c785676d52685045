import BreakerCore
import BreakerStore
import Testing

@testable import BreakerServer

@Suite("Names behind hashes")
struct InstanceNamesTests {
    private func share(of instance: String) -> InstanceShare {
        InstanceShare(
            .hashed(ReporterID(instance: instance)), calls: 1, failures: 1, slow: 0, share: 1)
    }

    private func known(_ instance: String, to names: InstanceNames) -> Bool {
        names.naming([self.share(of: instance)])[0].instance == .named(instance)
    }

    @Test("Whoever said its name is known by it, also from an earlier run, and nobody else")
    func known() {
        let names = InstanceNames([InstanceSequence(instance: "api-1", sequence: 7)], limit: 10)
        names.note("api-2")
        #expect(self.known("api-1", to: names) && self.known("api-2", to: names))
        #expect(!self.known("api-3", to: names))
        #expect(names.naming([InstanceShare]()).isEmpty)
    }

    @Test("Never more are kept than the limit, and those that are asked for stay")
    func bounded() {
        let names = InstanceNames([], limit: 10)
        names.note("wanted")
        for number in 0..<100 {
            names.note("lambda-\(number)")
            #expect(self.known("wanted", to: names), "after \(number)")
        }
        let kept = (0..<100).filter { self.known("lambda-\($0)", to: names) }
        #expect(!kept.isEmpty && kept.count < 10 && kept.last == 99)
    }
}
