import BreakerCore
import BreakerStore
import Testing

@testable import BreakerServer

@Suite("Minutes under a manual clock")
struct MinutesOfManualClockTests {
    /// What waits for the writer of one breaker is written as one change, in the minute of the last.
    @Test("What happens on the way of the clock is written before a later minute comes")
    func eachHasItsOwn() async throws {
        let inside = try TestEngine()
        for number in 0..<20 {
            let name = "b\(number)"
            let began = inside.engine.clock.wallMilliseconds()
            _ = try await inside.engine.perform(.trip(for: .seconds(90)), on: name).get()
            inside.engine.advance(by: .seconds(120))
            #expect(inside.store.status.owed == 0)
            _ = try await inside.engine.perform(.reset, on: name).get()
            let span = Summary.Span(from: began, until: inside.engine.clock.wallMilliseconds())
            let minutes = try await inside.engine.minutes(of: name, in: span)
            #expect(minutes.map(\.worst) == [.open, .open, .halfOpen])
        }
    }
}
