import AsyncHTTPClient
import NIOCore
import NIOSSL

extension HTTPClient {
    /// One for the requests of a signal.
    ///
    /// - Throws: what NIOSSL says of a file that cannot be read, or holds no certificate or no key.
    static func of(
        _ signal: TelemetrySettings.Signal, on group: any EventLoopGroup
    ) throws -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.tlsConfiguration = try TLSConfiguration(signal.tls)
        return HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
    }
}

extension TLSConfiguration {
    fileprivate init(_ files: TelemetrySettings.TLSFiles) throws {
        self = .makeClientConfiguration()
        if let authorities = files.authorities {
            self.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authorities))
        }
        if let certificate = files.certificate, let key = files.key {
            self.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) }
            self.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
        }
    }
}
