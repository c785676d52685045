import Testing

@testable import BreakerServer

@Suite("The status for people")
struct ServiceStateTests {
    private let phase = ServiceState.Phase.serving(
        breakers: 12, addresses: ["unix:/run/breakerd/breakerd.sock", "tcp:127.0.0.1:2757"])

    @Test("It says where the daemon listens and with how many breakers it started")
    func serving() {
        let state = ServiceState(phase: self.phase)
        #expect(
            state.sentence
                == "Serving on unix:/run/breakerd/breakerd.sock, tcp:127.0.0.1:2757; started with 12 breakers."
        )
    }

    @Test("A failing disk and a failed reload are both in it")
    func troubles() {
        let state = ServiceState(
            phase: self.phase, storeError: "disk I/O error", reloadError: "b.yaml:3: unknown key")
        #expect(state.sentence.contains(" The disk fails, state is kept in memory: disk I/O error."))
        #expect(state.sentence.hasSuffix(" the former configuration holds: b.yaml:3: unknown key"))
    }

    @Test(
        "It is one line of bounded length, whatever the cause holds", arguments: ["\n", "\r\n", "\u{2028}"])
    func oneLine(separator: String) {
        let cause = Array(repeating: "b.yaml:3: unknown key", count: 500).joined(separator: separator)
        for state in [
            ServiceState(phase: .failed(cause: cause)), ServiceState(phase: self.phase, reloadError: cause),
        ] {
            #expect(!state.sentence.contains { $0.isNewline })
            #expect(state.sentence.contains("unknown key; b.yaml"))
            #expect(state.sentence.count < 700)
        }
    }
}
