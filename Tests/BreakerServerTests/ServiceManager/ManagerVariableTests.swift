import Foundation
import Logging
import Testing

@testable import BreakerServer

@Suite("The service manager's variables", .serialized)
struct ManagerVariableTests {
    @Test("They are taken once and unset, empty ones too; others stay")
    func taken() {
        setenv("NOTIFY_SOCKET", "/run/systemd/notify", 1)
        setenv("LISTEN_FDNAMES", "", 1)
        setenv("NOTIFY_SOCKET_OF_ANOTHER", "stays", 1)
        defer { unsetenv("NOTIFY_SOCKET_OF_ANOTHER") }
        #expect(ManagerVariable.take() == [.notifySocket: "/run/systemd/notify"])
        #expect(ManagerVariable.take() == [:])
        #expect(getenv("NOTIFY_SOCKET") == nil)
        #expect(getenv("LISTEN_FDNAMES") == nil)
        #expect(getenv("NOTIFY_SOCKET_OF_ANOTHER") != nil)
    }

    @Test("A watchdog is kept to when it is for this process or for any, and its time is one")
    func watchdog() {
        #expect(self.limit([.watchdogMicroseconds: "30000000"]) == .seconds(30))
        #expect(
            self.limit([.watchdogMicroseconds: "5", .watchdogProcess: "\(getpid())"]) == .microseconds(5))
        #expect(self.limit([.watchdogMicroseconds: "5", .watchdogProcess: "1"]) == nil)
        for text in ["0", "-1", "soon", "99999999999999999999"] {
            #expect(self.limit([.watchdogMicroseconds: text]) == nil)
        }
        #expect(self.limit([:]) == nil)
    }

    private func limit(_ variables: [ManagerVariable: String]) -> Duration? {
        ServiceManager(variables, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            .watchdogLimit
    }
}
