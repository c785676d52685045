/// What one check found.
struct Finding: Hashable, Sendable {
    enum Level: String, Sendable {
        case ok, warn, fail

        var ink: Ink {
            switch self {
            case .ok: .green
            case .warn: .yellow
            case .fail: .red
            }
        }
    }

    let check: String
    let level: Level
    let what: String
    /// What to do about it; nil where all is well.
    let remedy: String?

    static func ok(_ check: String, _ what: String) -> Finding {
        Finding(check: check, level: .ok, what: what, remedy: nil)
    }

    static func warn(_ check: String, _ what: String, _ remedy: String) -> Finding {
        Finding(check: check, level: .warn, what: what, remedy: remedy)
    }

    static func fail(_ check: String, _ what: String, _ remedy: String) -> Finding {
        Finding(check: check, level: .fail, what: what, remedy: remedy)
    }
}

/// All that was found, as it is printed.
enum DoctorReport {
    static func table(of findings: [Finding]) -> Table {
        var table = Table([.init(title: "check"), .init(title: ""), .init(title: "finding", flows: true)])
        for finding in findings {
            let remedy = finding.remedy.map { "; \($0)" } ?? ""
            table.add([
                Line(finding.check), Line(finding.level.rawValue, finding.level.ink),
                Line(finding.what + remedy),
            ])
        }
        return table
    }

    /// One line of JSON.
    static func json(of findings: [Finding]) -> String {
        let checks = findings.map { finding in
            let remedy = finding.remedy.map { ",\"remedy\":\(ErrorReply.quoted($0))" } ?? ""
            return "{\"check\":\(ErrorReply.quoted(finding.check)),\"level\":\"\(finding.level.rawValue)\","
                + "\"finding\":\(ErrorReply.quoted(finding.what))\(remedy)}"
        }
        let isWell = !findings.contains { $0.level == .fail }
        return "{\"ok\":\(isWell),\"checks\":[\(checks.joined(separator: ","))]}"
    }
}
