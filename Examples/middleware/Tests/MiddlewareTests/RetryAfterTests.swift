import Foundation
import Testing

@testable import GuardedHTTP

@Suite("Retry-After")
struct RetryAfterTests {
    /// Sun, 06 Nov 1994 08:49:37 GMT.
    private let now = Date(timeIntervalSince1970: 784_111_777)

    @Test("is understood in seconds, up to a day", arguments: [("0", 0), ("120", 120), ("  7 ", 7)])
    func seconds(value: String, expected: Int) {
        #expect(RetryAfter.wait(value, now: self.now) == .seconds(expected))
        #expect(RetryAfter.wait("99999999999999999999", now: self.now) == .seconds(86_400))
    }

    @Test(
        "is understood as a date in each of the three forms",
        arguments: [
            "Sun, 06 Nov 1994 08:51:37 GMT", "Sunday, 06-Nov-94 08:51:37 GMT", "Sun Nov  6 08:51:37 1994",
        ])
    func date(value: String) {
        #expect(RetryAfter.wait(value, now: self.now) == .seconds(120))
    }

    @Test("of a date that is over is no wait; of one that is far away a day")
    func bounds() {
        #expect(RetryAfter.wait("Sun, 06 Nov 1994 08:49:36 GMT", now: self.now) == .zero)
        #expect(RetryAfter.wait("Mon, 06 Nov 1995 08:49:36 GMT", now: self.now) == .seconds(86_400))
        // 1993, not 2093: more than 50 years ahead is the past.
        #expect(RetryAfter.wait("Saturday, 06-Nov-93 08:49:37 GMT", now: self.now) == .zero)
    }

    @Test(
        "that says nothing is left out",
        arguments: [
            "", "soon", "-1", "1.5", "Sun, 06 Nov 1994", "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 32 Nov 1994 08:49:37 GMT",
        ])
    func nonsense(value: String) {
        #expect(RetryAfter.wait(value, now: self.now) == nil)
    }
}
