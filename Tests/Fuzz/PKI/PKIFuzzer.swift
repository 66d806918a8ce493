import PKI
import StrictEncoding

/// Feeds libFuzzer's inputs to the parsers of trust bundles, tokens and revocation lists. The first byte chooses which; a
/// broken promise traps.
///
/// Run with `SWIFT_BACKTRACE=enable=no`, standard input closed, and a directory of seeds.
@main enum PKIFuzzer {
    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        _ = runDriver(&count, &arguments) { data, size in
            PKIFuzzer.run(UnsafeBufferPointer(start: data, count: size))
            return 0
        }
    }

    private static func run(_ input: UnsafeBufferPointer<UInt8>) {
        guard let choice = input.first else { return }
        let bytes = Array(input.dropFirst())
        switch choice % 6 {
        case 0: bundle(bytes)
        case 1: _ = try? SPIFFETrustBundle.all(bundleMap: bytes)
        case 2: _ = try? SPIFFEBundleIndex(parsing: bytes)
        case 3:
            let text = String(decoding: bytes, as: UTF8.self)
            guard let id = try? SPIFFEID(text) else { return }
            precondition(ExactString(id.description) == ExactString(text))
        case 4:
            for list in (try? CertificateRevocationList.all(file: bytes)) ?? [] {
                precondition(list.thisUpdate <= list.nextUpdate)
            }
        default: token(bytes)
        }
    }

    /// A JWK set, and what is in it asked for what it promises.
    private static func bundle(_ bytes: [UInt8]) {
        guard let domain = try? SPIFFETrustDomain("example.org"),
            let bundle = try? SPIFFETrustBundle(trustDomain: domain, jwks: bytes)
        else { return }
        precondition(Set(bundle.authorities).count == bundle.authorities.count)
        precondition(Set(bundle.tokenKeys.map(\.keyID)).count == bundle.tokenKeys.count)
        precondition(bundle.authorities.allSatisfy { $0.extensions.basicConstraints?.isAuthority == true })
        for key in bundle.tokenKeys {
            precondition(JWTSVIDAlgorithm.allCases.contains { $0.isUsable(with: key.publicKey.kind) })
        }
        guard let always = try? ValidityPeriod(start: .earliest, end: nil) else { return }
        _ = try? SPIFFETrustBundles([.init(bundle, validFor: always)])
    }

    /// Nobody's keys: a token that holds without any would be a forgery.
    private static func token(_ bytes: [UInt8]) {
        guard let bundles = try? SPIFFETrustBundles([]) else { return }
        let svid = try? bundles.verify(token: bytes, audience: "registry", at: .earliest)
        precondition(svid == nil)
    }
}

/// libFuzzer's entry, which lives in the sanitizer's run-time library.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ run: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32
