import Glibc

/// What the preloaded `counters.c` does; without it nothing is counted.
enum Counters {
    private typealias Reader = @convention(c) () -> UInt64
    private typealias Mark = @convention(c) () -> Void
    private typealias NamedMark = @convention(c) (UnsafePointer<CChar>) -> Void

    private static let reader = symbol("allocations_of_this_thread", as: Reader.self)
    private static let beginning = symbol("counting_begins", as: Mark.self)
    private static let ending = symbol("counting_ends", as: NamedMark.self)

    /// What this thread has allocated so far.
    static var allocationsOfThisThread: UInt64? { self.reader?() }

    /// Instructions of this thread count from here on.
    static func begin() { self.beginning?() }

    /// They count no more; what was counted goes by `name`.
    static func end(_ name: String) { self.ending?(name) }

    private static func symbol<Function>(_ name: String, as type: Function.Type) -> Function? {
        dlsym(nil, name).map { unsafeBitCast($0, to: type) }
    }
}
