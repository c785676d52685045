import ArgumentParser
import BreakerClient
import Testing

@testable import breakerctl

@Suite("What a load is made of")
struct LoadPlanTests {
    private func plan(_ line: String) throws -> LoadPlan {
        let words = (["bench"] + line.split(separator: " ").map(String.init))
        let bench = try #require(try Breakerctl.parseAsRoot(words) as? Bench)
        return bench.load.plan(patience: .seconds(5))
    }

    @Test func `Without options it is a call after the other for five seconds`() throws {
        #expect(try self.plan("") == LoadPlan())
        #expect(LoadPlan().span == .seconds(5))
        #expect(LoadPlan().quota == nil)
        #expect(LoadPlan().mix.spelled == "acquire=1,report=1")
    }

    @Test func `Options change it`() throws {
        let plan = try self.plan(
            "--connections 7 --pipeline 8 --threads 2 --breakers 9 --prefix b/ --mix ping --duration 1m --warm-up 0 --rate 50"
        )
        #expect(plan.connections == 7)
        #expect(plan.pipeline == 8)
        #expect(plan.threads == 2)
        #expect(plan.name(of: 8) == "b/8")
        #expect(plan.mix.turn == [.ping])
        #expect(!plan.mix.isAboutBreakers)
        #expect(plan.length == .time(.seconds(60)))
        #expect(plan.warmUp == .zero)
        #expect(plan.rate == 50)
        #expect(plan.patience == .seconds(5))
    }

    @Test func `In an open loop requests are time, in a closed one a quota`() throws {
        let open = try self.plan("--requests 100 --rate 50")
        #expect(open.span == .seconds(2))
        #expect(open.quota == nil)
        let closed = try self.plan("--requests 100")
        #expect(closed.span == .seconds(3_600))
        #expect(closed.quota == 100)
    }

    @Test func `Breakers are forgotten after the load and not during it`() {
        var plan = LoadPlan()
        #expect(LoadBreakers.idleAfter(plan) == .seconds(66))
        plan.length = .time(.milliseconds(200))
        #expect(LoadBreakers.idleAfter(plan) == .seconds(62))
        plan.length = .requests(1)
        #expect(LoadBreakers.idleAfter(plan) == .seconds(3_661))
    }

    @Test(arguments: [
        ("acquire", [LoadOperation.acquire]), ("report=1,acquire=1", [.report, .acquire]),
        ("acquire=3,report=1", [.acquire, .acquire, .report, .acquire]),
        ("acquire=2,batch=2,get", [.acquire, .batch, .get, .acquire, .batch]),
    ])
    func `A larger share is spread out among the others`(text: String, turn: [LoadOperation]) throws {
        #expect(try #require(LoadMix(argument: text)).turn == turn)
    }

    @Test(arguments: [
        "", "acquire=", "acquire=0", "acquire=1001", "acquire=600,report=600", "acquire=1=1",
        "acquire,acquire",
        "trip", "acquire;report", "acquire,", "acquire=-1",
    ])
    func `What is no mix is refused`(text: String) {
        #expect(LoadMix(argument: text) == nil)
    }

    @Test func `A mix keeps its shares over a turn`() throws {
        let mix = try #require(LoadMix(argument: "ping=7,acquire=2,report=3,batch=5,get"))
        #expect(mix.turn.count == 18)
        #expect(mix.spelled == "acquire=2,report=3,batch=5,get=1,ping=7")
    }

    @Test func `A turn is about one breaker, and connections begin apart`() {
        var plan = LoadPlan()
        plan.connections = 2
        plan.breakers = 3
        var first = LoadWalk(plan, position: 0)
        #expect((0..<8).map { _ in first.next().breaker } == [0, 0, 1, 1, 2, 2, 0, 0])
        var second = LoadWalk(plan, position: 1)
        #expect((0..<4).map { _ in second.next().breaker } == [1, 1, 2, 2])
        #expect(second.next().operation == .acquire)
        #expect(second.next().operation == .report)
    }

    @Test(arguments: [(10, 3, [4, 3, 3]), (2, 3, [1, 1, 0]), (9, 3, [3, 3, 3])])
    func `Threads share a quota evenly`(quota: Int, threads: Int, parts: [Int]) {
        #expect((0..<threads).map { quota.part($0, of: threads) } == parts)
    }
}
