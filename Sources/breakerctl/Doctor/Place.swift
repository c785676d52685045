import BreakerClient
import Foundation

/// What stands where a daemon should listen, as this user sees it.
enum Place: Hashable, Sendable {
    case absent
    case noSocket
    /// The mode of the socket or of its directory keeps this user out. The group may be unnamed.
    case denied(group: String)
    case socket
    case tcp

    init(_ endpoint: Endpoint) {
        guard case .unix(let path) = endpoint else {
            self = .tcp
            return
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            self =
                errno == EACCES
                ? .denied(group: Place.group(of: (path as NSString).deletingLastPathComponent)) : .absent
            return
        }
        if status.st_mode & S_IFMT != S_IFSOCK {
            self = .noSocket
        } else if access(path, R_OK | W_OK) != 0 {
            self = .denied(group: Place.group(of: path))
        } else {
            self = .socket
        }
    }

    private static func group(of path: String) -> String {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return attributes?[.groupOwnerAccountName] as? String ?? "of the file"
    }

    /// - Parameter isAnswered: whether the daemon answered, here or at another place.
    func finding(_ endpoint: Endpoint, isAnswered: Bool) -> Finding {
        let check = endpoint.description
        let what: (String, String)
        switch self {
        case .tcp, .socket:
            if isAnswered {
                return .ok(check, self == .tcp ? "tried where named" : "a socket that you may use")
            }
            what = ("nothing answers there", "start breakerd, or name another place by --url or BREAKERD_URL")
        case .absent:
            what = (
                "there is no such file", "start breakerd with --unix-socket, or name the right path by --url"
            )
        case .noSocket:
            what = ("the file is no socket", "remove it, or name the right path by --url")
        case .denied(let group):
            what = (
                "you may not use it",
                "join the group \(group) (`usermod -aG \(group) USER`, then log in again)"
            )
        }
        // Another place answered: this one is only worth knowing about.
        return isAnswered ? .warn(check, what.0, what.1) : .fail(check, what.0, what.1)
    }
}
