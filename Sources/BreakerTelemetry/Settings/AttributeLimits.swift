extension TelemetrySettings {
    /// What a log record's attributes may be; those of metrics and of the resource are exempt
    /// (https://opentelemetry.io/docs/specs/otel/common/#attribute-limits).
    package struct AttributeLimits: Hashable, Sendable {
        /// Of one record. The first are kept, the others counted.
        package private(set) var count = 128
        /// In characters; a longer text is cut. Nil: as long as it is.
        package private(set) var valueLength: Int?

        private static let range = 0...1_000_000

        /// As it is unless somebody asks for another.
        init() {}

        init(_ reader: inout VariableReader) {
            for prefix in ["OTEL", "OTEL_LOGRECORD"] {
                self.count =
                    reader.count("\(prefix)_ATTRIBUTE_COUNT_LIMIT", in: AttributeLimits.range) ?? self.count
                self.valueLength =
                    reader.count("\(prefix)_ATTRIBUTE_VALUE_LENGTH_LIMIT", in: AttributeLimits.range)
                    ?? self.valueLength
            }
        }
    }
}
