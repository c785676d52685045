import BreakerCore
import Foundation

/// Values that stand in the database as JSON text. One instance a thread of work: the coders are kept.
struct TextEncoder {
    private let encoder: JSONEncoder

    init() {
        self.encoder = JSONEncoder()
        self.encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    func text(_ reason: TripReason) throws -> String {
        String(decoding: try self.encoder.encode(StoredReason(reason)), as: UTF8.self)
    }

    func text(_ patch: PolicyPatch) throws -> String {
        String(decoding: try self.encoder.encode(StoredPatch(patch)), as: UTF8.self)
    }
}

/// Reads those values; nil for text that makes no sense.
struct TextDecoder {
    private let decoder = JSONDecoder()
    /// Many breakers declare the same.
    private var patches: [String: PolicyPatch] = [:]

    func reason(_ text: String) -> TripReason? {
        try? self.decoder.decode(StoredReason.self, from: Data(text.utf8)).reason
    }

    mutating func patch(_ text: String) -> PolicyPatch? {
        if let known = self.patches[text] { return known }
        guard let patch = try? self.decoder.decode(StoredPatch.self, from: Data(text.utf8)).patch else {
            return nil
        }
        if self.patches.count < 1_000 { self.patches[text] = patch }
        return patch
    }
}
