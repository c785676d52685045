import BreakerCore
import BreakerWire
package import NIOCore

/// What breakers have counted at one moment, in the words of the wire: written once, for all who watch.
package struct CountsRound: Sendable {
    struct Row: Sendable {
        let breaker: String
        /// Whether it may have counted something since the round before.
        let isChanged: Bool
        /// Where in the round's text it lies.
        fileprivate let bytes: Range<Int>
    }

    /// Breakers of one event.
    static let rowsOfEvent = 256

    /// Grows by one from round to round.
    let number: UInt64
    /// Whether every breaker is in it, and not only those that may have changed.
    package let isFull: Bool
    /// Of the latest change before it.
    let revision: UInt64
    private(set) var rows: [Row] = []
    private var text = ByteBuffer()

    init(number: UInt64, isFull: Bool, revision: UInt64) {
        self.number = number
        self.isFull = isFull
        self.revision = revision
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

    /// As the events of a watch named 0, JSON objects of some 90 KB each.
    ///
    /// - Parameter all: every row, or only those of breakers that may have counted something.
    package func events(all: Bool) -> [ByteBuffer] {
        var rows = self.rows.filter { all || $0.isChanged }[...]
        var events: [ByteBuffer] = []
        while !rows.isEmpty {
            var event = ByteBuffer()
            event.writeJSONObject { object in
                object.field("watch", 0)
                object.field("event", "counts")
                object.field("revision", self.revision)
                object.array("breakers") { list in
                    for row in rows.prefix(CountsRound.rowsOfEvent) { list.element(raw: self.json(of: row)) }
                }
            }
            rows = rows.dropFirst(CountsRound.rowsOfEvent)
            events.append(event)
        }
        return events
    }

    /// A row as one JSON object.
    func json(of row: Row) -> ByteBufferView {
        self.text.viewBytes(at: row.bytes.lowerBound, length: row.bytes.count) ?? ByteBufferView()
    }
}
