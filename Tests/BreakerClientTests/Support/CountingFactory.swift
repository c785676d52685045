import Metrics
import Synchronization

/// Counts how many metrics are made.
final class CountingFactory: MetricsFactory {
    private let factory: any MetricsFactory
    private let count = Atomic(0)

    init(_ factory: any MetricsFactory) { self.factory = factory }

    var made: Int { self.count.load(ordering: .relaxed) }

    private var counted: any MetricsFactory {
        self.count.add(1, ordering: .relaxed)
        return self.factory
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        self.counted.makeCounter(label: label, dimensions: dimensions)
    }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        self.counted.makeMeter(label: label, dimensions: dimensions)
    }

    func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        self.counted.makeRecorder(label: label, dimensions: dimensions, aggregate: aggregate)
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        self.counted.makeTimer(label: label, dimensions: dimensions)
    }

    func destroyCounter(_ handler: any CounterHandler) { self.factory.destroyCounter(handler) }
    func destroyMeter(_ handler: any MeterHandler) { self.factory.destroyMeter(handler) }
    func destroyRecorder(_ handler: any RecorderHandler) { self.factory.destroyRecorder(handler) }
    func destroyTimer(_ handler: any TimerHandler) { self.factory.destroyTimer(handler) }
}
