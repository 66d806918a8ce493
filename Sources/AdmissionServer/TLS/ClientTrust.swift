import PKI
import StrictEncoding

/// Whose client certificates a listener believes, from files that are read again when they change.
struct ClientTrust: Reloading {
    let title: String
    let areRequired: Bool
    let chains = RememberedChains()
    private let files: WatchedFiles<Authorities>

    /// - Throws: `WatchedFilesError` if a file can't be used.
    init(_ clients: ClientAuthorities, listener: String, at now: Instant) throws(WatchedFilesError) {
        title = "client authorities of listener \(listener)"
        areRequired = clients.areRequired
        let paths = clients.files + clients.bundles.map(\.file)
        files = try WatchedFiles(paths, at: now) { (files, _) throws(WatchedFilesError) in
            let ofFiles = zip(clients.files, files)
            let ofBundles = zip(clients.bundles, files.dropFirst(clients.files.count))
            var authorities: [CertificateAuthority] = []
            for (name, pem) in ofFiles { authorities += try Authorities.read(pem: pem, calledAs: name) }
            var bundles: [SPIFFETrustBundle] = []
            for (file, bytes) in ofBundles { bundles.append(try file.read(bytes)) }
            return Authorities(
                authorities: CertificateAuthorities(authorities), bundles: try SPIFFETrustBundles(inForce: bundles))
        }
    }

    /// What counts now, and a number that changes with it.
    var current: (value: Authorities, generation: Int) { files.versioned }
    var failure: String? { files.failure }

    func refresh(at now: Instant) -> ReloadOutcome? { files.refresh(at: now) }
}

/// Authorities that vouch for clients, as they were read at one time.
struct Authorities: Sendable {
    /// For names of domains.
    let authorities: CertificateAuthorities
    /// For workloads.
    let bundles: SPIFFETrustBundles

    /// Verifies what a client showed, leaf first, at an instant (RFC 5280 section 6, X509-SVID section 5).
    ///
    /// A leaf with a URI of scheme `spiffe` is a workload's, and only the bundle of the trust domain that it names can vouch
    /// for it: an authority that is trusted for domain names does not issue workloads.
    func verify(_ chain: [Certificate], at instant: Instant) throws(PeerRefusal) -> VerifiedPeer {
        guard let leaf = chain.first else { throw .noCertificate }
        let intermediates = Array(chain.dropFirst())
        if (leaf.extensions.subjectAlternativeNames ?? []).contains(where: Self.isSPIFFE) {
            do throws(SVIDRefusal) {
                let svid = try bundles.verify(leaf, intermediates: intermediates, at: instant)
                return VerifiedPeer(names: .workload(svid.id), chain: svid.chain)
            } catch {
                throw .workload(error)
            }
        }
        do throws(ChainError) {
            let verified = try authorities.verify(leaf, intermediates: intermediates, at: instant, profile: Self.client)
            var names: [ExactString] = []
            for case .dns(let name) in leaf.extensions.subjectAlternativeNames ?? [] { names.append(name) }
            return VerifiedPeer(names: .domains(names), chain: verified)
        } catch {
            throw .chain(error)
        }
    }

    /// For TLS clients, if the certificate states what it is for. Authorities that organisations make for themselves often
    /// leave out key identifiers, which lets nobody pass for another.
    private static let client: ChainProfile = {
        var profile = ChainProfile.client
        profile.requiresConformingIssuance = false
        return profile
    }()

    /// Schemes are compared whatever their case (RFC 3986 section 3.1): `SPIFFE://` is no way around the bundle.
    private static func isSPIFFE(_ name: GeneralName) -> Bool {
        guard case .uri(let uri) = name else { return false }
        return uri.utf8.prefix(7).map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }.elementsEqual("spiffe:".utf8)
    }

    /// Each certificate of the file is an authority of its own.
    static func read(pem: [UInt8], calledAs name: String) throws(WatchedFilesError) -> [CertificateAuthority] {
        let certificates: [Certificate]
        do throws(CertificateError) {
            certificates = try Certificate.all(pem: pem)
        } catch {
            throw WatchedFilesError(message: "in `\(name)`: \(error.message)")
        }
        let always = try ValidityPeriod.always()
        var authorities: [CertificateAuthority] = []
        for certificate in certificates {
            do throws(CertificateAuthorityError) {
                authorities.append(try CertificateAuthority(certificates: [certificate], validFor: always))
            } catch {
                throw WatchedFilesError(message: "in `\(name)`: \(error.message)")
            }
        }
        return authorities
    }
}

/// A client whose certificate an authority of the listener vouches for.
struct VerifiedPeer: Sendable {
    let names: Names
    private let chain: VerifiedChain

    enum Names: Sendable, Hashable {
        case workload(SPIFFEID)
        /// The domain names of the leaf, as they are written there; perhaps none.
        case domains([ExactString])
    }

    fileprivate init(names: Names, chain: VerifiedChain) {
        self.names = names
        self.chain = chain
    }

    /// Whether every certificate of the path is valid at another time too: a connection may outlive them.
    func holds(at instant: Instant) -> Bool { chain.holds(at: instant) }
}

/// Why a client's certificate is not believed.
enum PeerRefusal: Error, Equatable {
    case noCertificate
    /// The bytes are no certificate.
    case malformed(CertificateError)
    case workload(SVIDRefusal)
    case chain(ChainError)

    /// One line for whoever runs the server; the client is told nothing.
    var message: String {
        switch self {
        case .noCertificate: "expected a client certificate, found none"
        case .malformed(let error): error.message
        case .workload(let error): error.message
        case .chain(let error): error.message
        }
    }
}

extension SPIFFEBundleFile {
    func read(_ bytes: [UInt8]) throws(WatchedFilesError) -> SPIFFETrustBundle {
        do throws(SPIFFEBundleError) {
            let isPEM = file.utf8.suffix(4).elementsEqual(".pem".utf8)
            return isPEM
                ? try SPIFFETrustBundle(trustDomain: trustDomain, pem: bytes)
                : try SPIFFETrustBundle(trustDomain: trustDomain, jwks: bytes)
        } catch {
            throw WatchedFilesError(message: "in `\(file)`: \(error.message)")
        }
    }
}

extension SPIFFETrustBundles {
    /// Bundles that count until others are read.
    init(inForce bundles: [SPIFFETrustBundle]) throws(WatchedFilesError) {
        let always = try ValidityPeriod.always()
        do throws(SPIFFEBundleError) {
            try self.init(bundles.map { Entry($0, validFor: always) })
        } catch {
            throw WatchedFilesError(message: error.message)
        }
    }
}

extension ValidityPeriod {
    /// From 1970 on: what lies in a file counts as long as it lies there.
    static func always() throws(WatchedFilesError) -> ValidityPeriod {
        do throws(CertificateAuthorityError) {
            return try ValidityPeriod(start: Instant(secondsSince1970: 0), end: nil)
        } catch {
            throw WatchedFilesError(message: error.message)
        }
    }
}
