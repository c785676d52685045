package import BreakerCore

/// Who is told of changes by HTTP, of which, and how.
package struct NotifierSettings: Hashable, Sendable {
    /// What a message looks like.
    package enum Form: String, CaseIterable, Hashable, Sendable {
        case webhook, slack, pagerduty
    }

    /// What can be told.
    package enum Kind: String, CaseIterable, Hashable, Sendable {
        case opened
        case halfOpen = "half_open"
        case closed, forced, auto, tripped, reset, policy
    }

    /// How many there may be: each has a task and a cursor of its own.
    package static let maximumCount = 16
    package static let pagerdutyURL = "https://events.pagerduty.com/v2/enqueue"

    /// Unique: messages that are still to be sent are kept under it.
    package var name: String
    package var form = Form.webhook
    package var url = ""
    /// What generic messages are signed with; nil: they are not.
    package var secret: String?
    /// PagerDuty's; empty for the others.
    package var routingKey = ""
    /// The breakers it is about.
    package var match: [Glob] = []
    package var kinds: Set<Kind> = [.opened, .closed, .forced, .auto, .tripped, .reset]
    /// How long events gather into one message, 0…60 s.
    package var groupMilliseconds = 2_000
    /// How long a message is tried, from its first event on.
    package var giveUpMilliseconds = 86_400_000
    /// Where the live page is, for links.
    package var page: String?

    package init(name: String) {
        self.name = name
    }
}

/// One of the file's `notifiers`.
struct FileNotifier {
    let settings: NotifierSettings
    /// The line it starts in.
    let line: Int
}
