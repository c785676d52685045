/// What one breaker has counted, as a watch tells it.
public struct BreakerCounts: Hashable, Sendable {
    /// Its name.
    public var breaker: String
    /// What the rules look at.
    public var window: BreakerStatus.Window
    /// Since the breaker was created.
    public var totals: BreakerStatus.Totals
    /// All 0 unless it is half-open.
    public var probes: BreakerStatus.Probes
    /// How near the nearest rule is to tripping it, 0…1.
    public var nearness = 0.0
}
