/// What one connection asks next: turn after turn of the mix, every turn about the next breaker.
struct LoadWalk: Sendable {
    private let turn: [LoadOperation]
    private let breakers: Int
    private var step = 0
    private var breaker: Int

    /// Connections begin evenly spread over the breakers, so that they do not walk in step.
    ///
    /// - Parameter position: which of the connections this is, from 0.
    init(_ plan: LoadPlan, position: Int) {
        self.turn = plan.mix.turn
        self.breakers = plan.breakers
        self.breaker = position * plan.breakers / plan.connections
    }

    mutating func next() -> (operation: LoadOperation, breaker: Int) {
        let next = (self.turn[self.step], self.breaker)
        self.step += 1
        if self.step == self.turn.count {
            self.step = 0
            self.breaker += 1
            if self.breaker == self.breakers { self.breaker = 0 }
        }
        return next
    }
}
