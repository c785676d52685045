import Hummingbird
import NIOCore

/// A request, and the connection that it came over: what many are told at once is written there without a
/// task for each.
struct WebContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        self.coreContext = CoreRequestContextStorage(source: source)
        self.channel = source.channel
    }
}
