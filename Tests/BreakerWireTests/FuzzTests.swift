import Testing

@testable import BreakerWire

@Suite("No bytes of a peer do more than make an error")
struct FuzzTests {
    @Test("random bytes", arguments: [UInt64.random(in: 0...UInt64.max)])
    func randomBytes(seed: UInt64) {
        var random = Randomness(seed: seed)
        let alphabet = Array("{}[]\",:\\u0123456789.eE+-opidbreaker \t\r".utf8)
        for _ in 0..<40_000 {
            let count = Int.random(in: 0...40, using: &random)
            let bytes = (0..<count).map { _ in
                random.chance(80) ? random.pick(alphabet) : UInt8.random(in: 0...255, using: &random)
            }
            withBytes(bytes) { line in
                let parsed = RequestParser.parse(line, limits: WireLimits())
                #expect(readFast(bytes) == nil)
                #expect(parsed.request == nil, "seed \(seed): \(String(decoding: line, as: UTF8.self))")
            }
        }
    }

    @Test("mutations of one line of every operation", arguments: [UInt64.random(in: 0...UInt64.max)])
    func mutations(seed: UInt64) {
        var generator = JSONGenerator(random: Randomness(seed: seed))
        var answers: Set<WireErrorCode> = []
        for _ in 0..<40_000 {
            let line = generator.random.pick(exampleLines)
            withBytes(generator.mutated(Array(line.utf8))) { bytes in
                let parsed = RequestParser.parse(bytes, limits: WireLimits())
                if let code = parsed.error?.code { answers.insert(code) }
                // An error must be one that can be sent: its reply is valid JSON, whatever the line held.
                if let error = parsed.error, generator.random.chance(10) {
                    let reply = written { $0.writeError(error, to: parsed.requestID ?? .none) }
                    #expect((try? parseJSON(reply)) != nil, "seed \(seed): \(reply)")
                }
            }
        }
        #expect(answers.isSuperset(of: [.parse, .badRequest, .unknownOp]), "seed \(seed): \(answers)")
    }
}

/// One line of every operation, all of them right.
let exampleLines = [
    #"{"op":"hello","id":1,"protocol":1,"client":{"name":"checkout","instance":"host7-4242","library":"python/0.1.0"}}"#,
    #"{"op":"ping","id":2}"#,
    #"{"op":"acquire","id":4,"breaker":"payments","lease_ms":3000}"#,
    #"{"op":"report","id":5,"breaker":"p","generation":40,"outcome":"failure","duration_ms":120.5,"error":"Timeout"}"#,
    #"{"op":"report","breaker":"payments","permit":"42.1","outcome":"success","duration_ms":12}"#,
    #"{"op":"report","id":6,"sequence":118,"reports":[{"breaker":"p","generation":40,"success":120,"failure":3,"slow":2}]}"#,
    #"{"op":"release","id":7,"breaker":"payments","permit":"42.1"}"#,
    #"{"op":"declare","id":8,"breaker":"payments","policy":{"failure_rate":0.5,"window":"10s","min_calls":20}}"#,
    #"{"op":"watch","id":9,"breakers":["pay*"],"since":800}"#,
    #"{"op":"unwatch","id":10,"watch":9}"#,
    #"{"op":"get","id":11,"breaker":"payments"}"#,
    #"{"op":"list","id":12,"match":"pay*","state":"open","limit":100,"cursor":"x"}"#,
    #"{"op":"history","id":13,"breaker":"payments","limit":50,"before":8123}"#,
    #"{"op":"minutes","id":31,"breaker":"payments","since_ms":1760000000000,"until_ms":1760000059000}"#,
    #"{"op":"summary","id":32,"since_ms":1760000000000,"until_ms":1760000059000,"match":"p*","limit":1}"#,
    #"{"op":"override","id":14,"breaker":"payments","mode":"open","ttl_ms":600000,"actor":"ana","reason":"INC-7"}"#,
    #"{"op":"trip","id":15,"breaker":"payments","for_ms":10000,"actor":"ana","reason":"drill"}"#,
    #"{"op":"reset","id":16,"breaker":"payments","actor":"ana","reason":"deployed fix"}"#,
    #"{"op":"policy.set","id":17,"match":"pay*","policy":{"probes":2},"if_revision":12,"dry_run":false,"actor":"ana"}"#,
    #"{"op":"policy.delete","id":17,"match":"pay*"}"#,
    #"{"op":"policy.list","id":17}"#,
    #"{"op":"policy.get","id":17,"breaker":"payments"}"#,
    #"{"op":"sessions","id":18}"#,
    #"{"op":"stats","id":19}"#,
    #"{"op":"clock.advance","id":20,"ms":30000}"#,
    #"{"op":"backup.begin","id":21}"#,
    #"{"op":"backup.read","id":22,"backup":"b1","offset":48000}"#,
    #"{"op":"backup.end","id":23,"backup":"b1"}"#,
]
