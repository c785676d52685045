/// Finds what somebody meant who wrote a name that does not exist.
enum NearestName {
    /// The known name that takes the fewest edits, if those are few enough (a third of its length) to be a
    /// slip.
    static func of(_ name: String, among known: [String]) -> String? {
        let scored = known.map { (name: $0, edits: NearestName.edits(from: name, to: $0)) }
        guard let best = scored.min(by: { $0.edits < $1.edits }), best.edits <= max(1, best.name.count / 3)
        else { return nil }
        return best.name
    }

    /// For an error message: the nearest name, else all of them.
    static func hint(for name: String, among known: [String]) -> String {
        if let nearest = NearestName.of(name, among: known) { return "did you mean \"\(nearest)\"?" }
        return "known here: \(known.joined(separator: ", "))"
    }

    /// Levenshtein's distance, a row at a time. Names are cut to 64 characters: a bound on the work.
    private static func edits(from left: String, to right: String) -> Int {
        let (left, right) = (Array(left.prefix(64)), Array(right.prefix(64)))
        var row = Array(0...right.count)
        for (i, character) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in right.enumerated() {
                let replaced = diagonal + (character == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}
