import Foundation
import NIOCore

/// What the defaults depend on: asked of the machine once, given by tests.
package struct HostFacts: Hashable, Sendable {
    /// Cores this process may use, a container's share included; at least 1.
    package var cores: Int
    /// Whether the default Unix socket can be made: its directory can be written to, or be made.
    package var hasRunDirectory: Bool

    package init(cores: Int, hasRunDirectory: Bool) {
        self.cores = cores
        self.hasRunDirectory = hasRunDirectory
    }

    /// This machine and this user.
    package static var current: HostFacts {
        HostFacts(
            cores: max(1, System.coreCount),
            hasRunDirectory: HostFacts.canMakeFiles(inDirectoryOf: UnixSocket.defaultPath))
    }

    private static func canMakeFiles(inDirectoryOf path: String) -> Bool {
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent()
        let files = FileManager.default
        if files.fileExists(atPath: directory.path) { return files.isWritableFile(atPath: directory.path) }
        return files.isWritableFile(atPath: directory.deletingLastPathComponent().path)
    }
}
