// Tells the daemon what the application wishes and learns what is in effect: how long a slow call takes, and
// by what rules this process decides while the daemon is away.

import BreakerCore
import BreakerWire
import Logging

final class PolicyKeeper {
    private let configuration: BreakerClient.Configuration
    /// What this connection was told, or asked.
    private var told: [String: Declaration?] = [:]
    /// How often rules had changed when the daemon last said so.
    private var changes: UInt64?

    init(configuration: BreakerClient.Configuration) { self.configuration = configuration }

    func disconnected() {
        self.told.removeAll()
        self.changes = nil
    }

    /// Declares what has not been declared over this connection, and asks for the other policies.
    func declare(_ cells: [BreakerCell], over manager: ConnectionManager) {
        for cell in cells {
            let declaration = cell.declaration
            if let told = self.told[cell.name], told == declaration { continue }
            self.told.updateValue(declaration, forKey: cell.name)
            self.fetch(cell, declaration, over: manager)
        }
    }

    /// An event told how often rules have changed.
    func heard(_ changes: UInt64, over manager: ConnectionManager) {
        defer { self.changes = changes }
        guard let known = self.changes, known != changes else { return }
        self.told.removeAll()
        manager.observer?.wake(manager)
    }

    private func fetch(_ cell: BreakerCell, _ declaration: Declaration?, over manager: ConnectionManager) {
        let request =
            if let declaration {
                Request("declare", deadline: self.configuration.commandDeadline) {
                    declaration.write(to: &$0)
                }
            } else {
                Request("policy.get", deadline: self.configuration.commandDeadline) {
                    $0.field("breaker", cell.name)
                }
            }
        manager.submit(
            request,
            .client { [logger = self.configuration.logger] result in
                PolicyKeeper.take(result, cell, isDeclared: declaration != nil, logger)
            })
    }

    private static func take(
        _ result: Result<Reply, BreakerError>, _ cell: BreakerCell, isDeclared: Bool, _ logger: Logger
    ) {
        do throws(BreakerError) {
            let (patch, _) = try result.get().policy("policy").patch()
            cell.adopt(PolicyBook().effective(for: "", declared: patch))
        } catch {
            switch error.code {
            case .unavailable, .shutDown, .draining, .deadlineExceeded: break
            default:
                // The application's own wish stays in force here.
                logger.log(
                    isDeclared ? .declareRefused : .policyUnknown, at: .error,
                    ["breaker": "\(cell.name)", "error": "\(error)"])
            }
        }
    }
}
