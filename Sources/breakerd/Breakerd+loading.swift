import ArgumentParser
import BreakerServer
import Foundation

// From the command line to a configuration.
extension Breakerd {
    var flags: ConfigurationFlags {
        var flags = ConfigurationFlags()
        flags.config = self.config
        flags.listen = self.listen.isEmpty ? nil : self.listen
        flags.unixSocket = self.unixSocket
        flags.http = self.http
        flags.database = self.database
        flags.onCorrupt = self.onCorrupt
        flags.logLevel = self.logLevel
        flags.logFormat = self.logFormat
        flags.eventLoops = self.eventLoops
        flags.manualClock = self.manualClock ? true : nil
        return flags
    }

    /// Ends with 64 where only the command line is wrong, with 78 where the file or the environment is.
    func load(_ loader: ConfigurationLoader) throws -> LoadedConfiguration {
        do throws(ConfigurationError) {
            return try loader.load()
        } catch {
            if error.isUsage { throw ValidationError(error.description) }
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            throw ExitCode(78)  // EX_CONFIG of sysexits.h.
        }
    }
}
