// Instances' shares of what is wrong with a breaker as JSON objects, and back.

package import BreakerCore

extension InstanceShare {
    /// As it stands in `get`, in explanations and in the history.
    package var json: JSONObject {
        var object = JSONObject()
        object.append("instance", .string(self.instance.text))
        object.append("calls", .integer(Int64(self.calls)))
        object.append("failures", .integer(Int64(self.failures)))
        object.append("slow", .integer(Int64(self.slow)))
        object.append("share", .number(self.share))
        return object
    }

    /// Reads what `json` wrote; nil for an object that lacks something.
    init?(_ object: JSONObject) {
        guard let instance = object.text("instance"), let share = object.double("share"),
            let calls = object.count("calls"), let failures = object.count("failures"),
            let slow = object.count("slow")
        else { return nil }
        self.init(
            .named(instance), calls: UInt32(clamping: calls), failures: UInt32(clamping: failures),
            slow: UInt32(clamping: slow), share: share)
    }
}

extension RefusedShare {
    /// As it stands in `get`.
    package var json: JSONObject {
        var object = JSONObject()
        object.append("instance", .string(self.instance.text))
        object.append("rejected", .integer(Int64(self.rejected)))
        object.append("share", .number(self.share))
        return object
    }
}
