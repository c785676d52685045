import BreakerCore

/// One value for each state.
struct PerState<Value: Sendable>: Sendable {
    var closed: Value
    var open: Value
    var halfOpen: Value

    init(repeating value: Value) {
        (self.closed, self.open, self.halfOpen) = (value, value, value)
    }

    subscript(state: BreakerState) -> Value {
        get {
            switch state {
            case .closed: self.closed
            case .open: self.open
            case .halfOpen: self.halfOpen
            }
        }
        set {
            switch state {
            case .closed: self.closed = newValue
            case .open: self.open = newValue
            case .halfOpen: self.halfOpen = newValue
            }
        }
    }
}
