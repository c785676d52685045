import Testing

@testable import BreakerServer

@Suite("The index from names to slots")
struct NameIndexTests {
    @Test("It agrees with a dictionary over random insertions and removals", arguments: 1...8)
    func agreement(seed: UInt64) {
        print("seed \(seed)")
        var random = SplitMix(state: seed)
        var index = NameIndex()
        var model: [Int: UInt64] = [:]
        // Few different low bits, so that probe sequences are long and wrap around the end.
        let mask: UInt64 = seed % 2 == 0 ? 0xffff_ffff_0000_000f : .max
        for step in 0..<20_000 {
            // Room made ahead changes nothing but when it grows.
            if step % 5_000 == 1_000 { index.reserve(step / 10) { model[$0] ?? 0 } }
            if model.isEmpty || random.next() % 100 < (step < 10_000 ? 55 : 45) {
                let slot = Int(random.next() % 2_000)
                guard model[slot] == nil else { continue }
                let hash = random.next() & mask
                index.insert(slot, hash: hash) { model[$0] ?? 0 }
                model[slot] = hash
            } else if let slot = model.keys.randomElement(using: &random), let hash = model[slot] {
                index.remove(slot, hash: hash) { model[$0] ?? 0 }
                model[slot] = nil
                if index.find(hash, where: { $0 == slot }) != nil { Issue.record("\(slot) is still there") }
            }
            if step % 500 == 0 {
                #expect(model.allSatisfy { slot, hash in index.find(hash) { $0 == slot } == slot })
            }
        }
        #expect(index.count == model.count)
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var bits = self.state
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return bits ^ (bits >> 31)
    }
}
