import BreakerCore
import BreakerWire
import NIOCore

/// What breakers have counted at one moment, in the words of the wire: written once, for all who watch.
struct CountsRound: Sendable {
    struct Row: Sendable {
        let breaker: String
        /// Whether it may have counted something since the round before.
        let isChanged: Bool
        /// Where in the round's text it lies.
        fileprivate let bytes: Range<Int>
    }

    /// Grows by one from round to round.
    let number: UInt64
    /// Whether every breaker is in it, and not only those that may have changed.
    let isFull: Bool
    private(set) var rows: [Row] = []
    private var text = ByteBuffer()

    init(number: UInt64, isFull: Bool) {
        self.number = number
        self.isFull = isFull
    }

    mutating func append(_ view: BreakerView, isChanged: Bool, at moment: Moment) {
        let start = self.text.writerIndex
        self.text.writeJSONObject { object in
            object.field("breaker", view.name)
            object.counts(of: view, at: moment)
        }
        self.rows.append(
            Row(breaker: view.name, isChanged: isChanged, bytes: start..<self.text.writerIndex))
    }

    /// A row as one JSON object.
    func json(of row: Row) -> ByteBufferView {
        self.text.viewBytes(at: row.bytes.lowerBound, length: row.bytes.count) ?? ByteBufferView()
    }
}
