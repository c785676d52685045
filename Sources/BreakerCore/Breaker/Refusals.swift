/// Whose calls a breaker refuses, and how many, since it last let every call pass.
struct Refusals: Hashable, Sendable {
    /// Instances told apart, the first that come; calls of further ones count in the whole only.
    private static let capacity = 64

    private struct Place: Hashable, Sendable {
        let reporter: ReporterID
        var rejected: UInt32

        /// Those with the same count come in one order at every look.
        func precedes(_ other: Place) -> Bool {
            (self.rejected, other.reporter.rawValue) > (other.rejected, self.reporter.rawValue)
        }
    }

    private var all: UInt64 = 0
    private var places: [Place] = []

    var isEmpty: Bool { self.all == 0 }

    mutating func count(_ calls: UInt32, from reporter: ReporterID) {
        self.all &+= UInt64(calls)
        if let index = self.places.firstIndex(where: { $0.reporter == reporter }) {
            self.places[index].rejected = self.places[index].rejected.saturatingAdd(calls)
        } else if self.places.count < Refusals.capacity {
            self.places.append(Place(reporter: reporter, rejected: calls))
        }
    }

    /// The instances with the most first.
    var ranked: [RefusedShare] {
        self.places.sorted { $0.precedes($1) }.map { place in
            RefusedShare(
                .hashed(place.reporter), rejected: place.rejected,
                share: UInt64(place.rejected).share(of: self.all))
        }
    }
}
