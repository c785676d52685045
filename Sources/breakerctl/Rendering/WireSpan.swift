/// Spans as policies spell them.
enum WireSpan {
    /// "10s" in words: "10 s". What is no span comes back as it is.
    static func words(_ text: String) -> String {
        TimeSpan(argument: text).map { Span.exact($0.duration) } ?? text
    }

    /// A span as a policy spells it: "250ms", "1.5s" as "1500ms", "5m", "24h", "7d".
    static func spelled(_ time: Duration) -> String {
        let milliseconds = time.milliseconds(.toNearestOrAwayFromZero)
        for (suffix, unit) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)]
            as [(String, Int64)]
        where milliseconds > 0 && milliseconds % unit == 0 {
            // "24h" and "60s" read better than "1d" and "1m" do next to "36h" and "90s".
            if suffix == "d", milliseconds < 2 * unit { continue }
            return "\(milliseconds / unit)\(suffix)"
        }
        return "\(milliseconds)ms"
    }
}
