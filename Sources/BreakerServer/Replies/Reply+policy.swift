import BreakerCore
import BreakerWire
import NIOCore

extension JSONWriter {
    /// One rule of `policy.list`.
    mutating func fields(of view: PolicyRuleView) {
        self.field("match", view.rule.match.pattern)
        self.field("source", view.source.rawValue)
        self.field("policy", view.rule.patch)
        self.field("actor", view.actor)
        self.field("reason", view.note)
        self.field("at_ms", view.wallMilliseconds)
    }

    /// What a reply to `policy.get` says of a policy: the members `policy` and `sources`.
    static func members(_ policy: Policy, _ origins: [PolicyField: PolicyBook.Origin]) -> [UInt8] {
        var text = ByteBuffer()
        text.writeJSONObject { object in
            object.field("policy", policy)
            object.sources(origins)
        }
        return Array(text.readableBytesView.dropFirst().dropLast())
    }

    /// `sources` of `policy.get`, in the order of the protocol's table.
    private mutating func sources(_ origins: [PolicyField: PolicyBook.Origin]) {
        self.object("sources") { object in
            for field in PolicyField.allCases {
                guard let origin = origins[field] else { continue }
                object.object(named: field.rawValue) { source in
                    source.field("source", origin.source.rawValue)
                    source.field("match", origin.match)
                }
            }
        }
    }
}
