import BreakerServer
import BreakerWire
import NIOCore

/// How requests are written.
package enum OTLPEncoding: String, CaseIterable, Hashable, Sendable {
    // As `OTEL_EXPORTER_OTLP_PROTOCOL` calls them.
    case protobuf = "http/protobuf"
    case json = "http/json"

    var contentType: String {
        switch self {
        case .protobuf: "application/x-protobuf"
        case .json: "application/json"
        }
    }
}

/// What metrics and logs have in common: one export request.
protocol OTLPRequest {
    /// Field names of the list with the resource, and of the list in it with the scope.
    static var lists: (resources: StaticString, scopes: StaticString) { get }

    /// The fields of the scope that hold the items.
    func items(to scope: inout some MessageWriter)
}

extension OTLPRequest {
    /// As it is sent.
    func body(_ resource: [TelemetrySettings.Attribute], as encoding: OTLPEncoding) -> ByteBuffer {
        switch encoding {
        case .protobuf:
            var writer = ProtobufWriter()
            self.fields(resource, to: &writer)
            return ByteBuffer(bytes: writer.bytes)
        case .json:
            var buffer = ByteBuffer()
            buffer.writeJSONObject { self.fields(resource, to: &$0) }
            return buffer
        }
    }

    private func fields(_ resource: [TelemetrySettings.Attribute], to request: inout some MessageWriter) {
        let version = OTLPAttribute("service.version", .text(DaemonVersion.text))
        let attributes = resource.map { OTLPAttribute($0.key, .text($0.value)) } + [version]
        request.messages(1, Self.lists.resources, CollectionOfOne(attributes)) { ofResource, attributes in
            ofResource.message(1, "resource") { $0.attributes(1, attributes) }
            ofResource.messages(2, Self.lists.scopes, CollectionOfOne("breakerd")) { scope, name in
                scope.message(1, "scope") { $0.string(1, "name", name) }
                self.items(to: &scope)
            }
        }
    }
}
