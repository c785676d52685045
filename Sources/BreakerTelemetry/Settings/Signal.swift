extension TelemetrySettings {
    /// One of the two kinds of telemetry.
    package struct Signal: Hashable, Sendable {
        package struct Header: Hashable, Sendable {
            package let name: String
            package let value: String
        }

        /// As it is requested, path and all.
        package var url: String
        package var headers: [Header] = []
        /// Of one request.
        package var timeout = Duration.seconds(10)
        package var encoding = OTLPEncoding.protobuf
        package var isCompressed = false
        package var tls = TLSFiles()
    }

    /// Paths of PEM files for `https`; nil: the system's own authorities, no certificate of ours.
    package struct TLSFiles: Hashable, Sendable {
        package var authorities: String?
        package var certificate: String?
        package var key: String?
    }
}
