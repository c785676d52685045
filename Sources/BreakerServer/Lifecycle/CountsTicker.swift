/// Tells watchers with counts what there is to tell, as real time goes by.
struct CountsTicker {
    let service: Service

    /// Returns when its task is cancelled.
    func run() async {
        while (try? await Task.sleep(for: CountsRounds.period)) != nil {
            self.service.tellCounts()
        }
    }
}
