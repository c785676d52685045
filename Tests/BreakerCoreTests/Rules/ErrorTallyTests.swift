import BreakerCore
import Testing

@Suite("The error that leads")
struct ErrorTallyTests {
    private func leading(_ errors: [String?]) -> String? {
        let rig = Rig { $0.failureRate = nil }
        for error in errors { rig.report(.failure, error: error) }
        return rig.breaker.leadingError
    }

    @Test("One that more than half of the failures name leads, in whatever order")
    func majority() {
        var random = SeededGenerator(seed: Seed.announced(for: "error tally"))
        for _ in 0..<500 {
            let others = (0..<10).map { _ in random.pick(["b", "c", "d"]) }
            let errors = (others + Array(repeating: "a", count: 11)).shuffled(using: &random)
            #expect(self.leading(errors) == "a")
        }
    }

    @Test("Failures that name none do not vote")
    func unnamed() {
        #expect(self.leading([nil, nil]) == nil)
        #expect(self.leading(["a", nil, nil, nil]) == "a")
    }

    @Test("A batch's error votes for each of its failures")
    func batches() {
        let rig = Rig { $0.failureRate = nil }
        rig.batch {
            ($0.failure, $0.timeout, $0.error) = (5, 5, "a")
        }
        rig.report(Array(repeating: .failure, count: 3))
        for _ in 0..<9 { rig.report(.failure, error: "b") }
        #expect(rig.breaker.leadingError == "a")
        rig.batch {
            ($0.success, $0.error) = (100, "b")
        }
        #expect(rig.breaker.leadingError == "a")
        rig.batch {
            ($0.failure, $0.error) = (2, "b")
        }
        #expect(rig.breaker.leadingError == "b")
    }

    @Test("A change of state forgets it, success does not name one")
    func forgotten() {
        let rig = Rig()
        rig.report(.failure, error: "a")
        rig.report(.success, error: "b")
        #expect(rig.breaker.leadingError == "a")
        rig.reset()
        #expect(rig.breaker.leadingError == nil)
    }
}
