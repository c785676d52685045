/// Why a configuration cannot be used: everything that is wrong with it, not only the first thing.
package struct ConfigurationError: Error, Hashable, Sendable {
    /// One wrong value.
    package struct Problem: Hashable, Sendable {
        package let origin: ConfigurationOrigin
        /// The path of the field in a file ("policies[2].failure_rate"); nil where the origin says it all.
        package let field: String?
        /// For a person: what is taken here, and what was found.
        package let message: String

        package init(at origin: ConfigurationOrigin, field: String? = nil, message: String) {
            self.origin = origin
            self.field = field
            self.message = message
        }
    }

    /// At least one; those of the file first, by line.
    package let problems: [Problem]

    /// Whether only the command line is to blame: a slip in usage, not in the configuration.
    package var isUsage: Bool {
        self.problems.allSatisfy { problem in
            if case .flag = problem.origin { return true }
            return false
        }
    }

    package init(problems: [Problem]) {
        self.problems = problems
    }
}

extension ConfigurationError.Problem: CustomStringConvertible {
    /// `FILE:LINE: FIELD: message`, or `flag --listen: message`.
    package var description: String {
        [self.origin.place, self.field, self.message].compactMap { $0 }.joined(separator: ": ")
    }
}

extension ConfigurationError: CustomStringConvertible {
    /// One line a problem.
    package var description: String {
        self.problems.map(\.description).joined(separator: "\n")
    }
}
