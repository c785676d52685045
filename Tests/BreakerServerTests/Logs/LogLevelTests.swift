import Logging
import Testing

@testable import BreakerServer

@Suite("The level of logs")
struct LogLevelTests {
    @Test func `A change reaches all loggers but those with a level of their own`() {
        let shared = LineLogHandler.Level(.info)
        let logger = Logger(label: "a") { _ in LineLogHandler(isJSON: false, sharedLevel: shared) }
        var own = logger
        own.logLevel = .error
        #expect((logger.logLevel, own.logLevel) == (.info, .error))
        shared.current = .debug
        #expect((logger.logLevel, own.logLevel) == (.debug, .error))
    }
}
