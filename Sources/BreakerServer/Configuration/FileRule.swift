import BreakerCore

/// One rule of the file's `policies`, with the lines its parts stand in.
struct FileRule {
    let rule: PolicyBook.Rule
    /// The line of its `match`.
    let line: Int
    let fieldLines: [PolicyField: Int]
}
