// What metrics and logs have in common: the field numbers are those of
// https://github.com/open-telemetry/opentelemetry-proto, versions 1.

import BreakerServer

/// One export request as it is sent.
enum OTLPRequest {
    /// A value of an attribute.
    enum Value {
        case text(String)
        case integer(Int64)
        case number(Double)
        case texts([String])
    }

    /// The resource, the scope, and in it the items, under the field of `Scope…` that holds them.
    static func bytes(
        _ resource: [TelemetrySettings.Attribute], items field: UInt64,
        _ write: (inout ProtobufWriter) -> Void
    ) -> [UInt8] {
        var request = ProtobufWriter()
        request.message(1) { ofResource in
            ofResource.message(1) { message in
                for attribute in resource { message.attribute(1, attribute.key, .text(attribute.value)) }
                message.attribute(1, "service.version", .text(DaemonVersion.text))
            }
            ofResource.message(2) { scope in
                scope.message(1) { $0.string(1, "breakerd") }
                write(&scope)
            }
        }
        return request.bytes
    }
}

extension ProtobufWriter {
    /// A `KeyValue`.
    mutating func attribute(_ field: UInt64, _ key: String, _ value: OTLPRequest.Value) {
        self.message(field) { pair in
            pair.string(1, key)
            pair.value(2, value)
        }
    }

    /// An `AnyValue`.
    mutating func value(_ field: UInt64, _ value: OTLPRequest.Value) {
        self.message(field) { any in
            switch value {
            case .text(let text): any.string(1, text)
            case .integer(let number): any.varint(3, UInt64(bitPattern: number))
            case .number(let number): any.double(4, number)
            case .texts(let texts): any.message(5) { list in texts.forEach { list.value(1, .text($0)) } }
            }
        }
    }
}
