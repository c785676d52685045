/// The release this is.
package enum BreakerdVersion {
    /// Semantic version, without a "v": in `--version`, in the reply to `hello` and in `stats`.
    package static let current = "0.1.0"
}
