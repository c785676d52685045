import HTTPTypes

extension HTTPField.Name {
    /// Of Fetch Metadata: where a browser's request comes from.
    static let secFetchSite = HTTPField.Name(known: "sec-fetch-site")
    /// What a browser saw last of server-sent events.
    static let lastEventID = HTTPField.Name(known: "last-event-id")
    static let referrerPolicy = HTTPField.Name(known: "referrer-policy")

    private init(known name: String) {
        guard let known = HTTPField.Name(name) else { preconditionFailure("\(name) is no field's name") }
        self = known
    }
}
