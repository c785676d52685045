import ArgumentParser
import BreakerClient

/// A state to list by.
enum StateFilter: String, CaseIterable, ExpressibleByArgument {
    case closed, open
    case halfOpen = "half-open"

    /// The wire's spelling is as good as the one with a dash.
    init?(argument: String) {
        self.init(rawValue: argument.replacing("_", with: "-"))
    }

    var state: BreakerState {
        switch self {
        case .closed: .closed
        case .open: .open
        case .halfOpen: .halfOpen
        }
    }
}
