import Findings
import PKI
import Sigstore
import StrictEncoding
import TUF

/// Files of trust, told apart by what is in them.
///
/// Nothing is believed for what it looks like: whoever uses such a file names it for what it is to be.
enum TrustFile {
    /// The longest that any of the forms may have.
    static let longest = 16 << 20

    /// What is in the file, as one source, or as several where it holds several roots.
    ///
    /// - Parameter instant: of bundles that an index lists, those that count then are looked into; nil for all.
    /// - Throws: for a file that can't be had, or is of none of the forms.
    static func sources(_ path: String, at instant: Instant? = nil) throws(CommandFailure) -> [TrustSource] {
        let bytes = try LocalFile.read(path, limit: longest)
        do throws(Refusal) {
            switch bytes.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) {
            case UInt8(ascii: "{"): return try json(bytes, path, instant)
            case UInt8(ascii: "-"): return [try pem(bytes, path)]
            case 0x30: return [try der(bytes, path)]
            default:
                throw Refusal(
                    "expected a trusted root, root metadata of a repository, a SPIFFE bundle, certificates, revocation lists "
                        + "or a public key, found none of them")
            }
        } catch {
            throw .badData("\(Finding.quoted(path)): \(error.message)")
        }
    }

    /// Why it is none of the forms: one line.
    private struct Refusal: Error {
        let message: String
        init(_ message: String) { self.message = message }
    }

    // MARK: JSON

    private static func json(
        _ bytes: [UInt8], _ path: String, _ instant: Instant?
    ) throws(Refusal) -> [TrustSource] {
        // Lines of trusted roots are told by the first of them.
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        let limits = JSONLimits(bytes: longest, depth: 64)
        let root: JSONValue
        if let document = try? JSONDocument(parsing: bytes, limits: limits) {
            root = document.root
        } else {
            do throws(JSONError) {
                root = try JSONDocument(parsing: Array(line), limits: limits).root
            } catch {
                throw Refusal(error.message)
            }
        }
        if root["mediaType"] != nil {
            do throws(TrustedRootError) {
                let roots = try SigstoreTrustedRoot.all(parsing: bytes, name: path)
                return roots.map { TrustSource($0, named: roots.count == 1 ? path : $0.name) }
            } catch {
                throw Refusal(error.message)
            }
        }
        if root["signed"] != nil { return [try rootMetadata(bytes, path)] }
        return [try bundles(bytes, root, path, instant)]
    }

    private static func rootMetadata(_ bytes: [UInt8], _ path: String) throws(Refusal) -> TrustSource {
        let metadata: RootMetadata
        do throws(TUFError) {
            metadata = try TUFUpdate.Root(trusting: bytes, at: .earliest).metadata
        } catch {
            throw Refusal(error.message)
        }
        var source = TrustSource(name: path, form: "root metadata of a repository")
        source.parts.append(
            TrustPart(
                kind: .rootRole, name: "root version \(metadata.version)",
                period: TrustPeriod(from: nil, until: metadata.expires, includesEnd: false)))
        let roles = [
            ("root", metadata.root), ("timestamp", metadata.timestamp), ("snapshot", metadata.snapshot),
            ("targets", metadata.targets),
        ]
        for (role, authority) in roles {
            for key in authority.distinctKeys.sorted(by: { ExactString($0.fingerprint) < ExactString($1.fingerprint) })
            {
                var part = TrustPart(key)
                part.name = "\(role), \(authority.threshold) of \(authority.distinctKeys.count)"
                source.parts.append(part)
            }
        }
        return source
    }

    private static func bundles(
        _ bytes: [UInt8], _ root: JSONValue, _ path: String, _ instant: Instant?
    ) throws(Refusal) -> TrustSource {
        do throws(SPIFFEBundleError) {
            if root["trust_domains"] != nil {
                let bundles = try SPIFFETrustBundle.all(bundleMap: bytes)
                return TrustSource(
                    name: path, form: "SPIFFE bundle map", parts: bundles.flatMap { TrustPart.bundle($0) })
            }
            if root["trustDomains"] != nil {
                let directory = LocalFile.directory(of: path)
                let bundles = try SPIFFETrustBundles(SPIFFEBundleIndex(parsing: bytes)) { file in
                    try? LocalFile.readInside(directory, file, limit: longest)
                }
                return TrustSource(
                    name: path, form: "index of SPIFFE bundles",
                    parts: bundles.entries.flatMap {
                        TrustPart.bundle($0.bundle, TrustPeriod($0.validFor), at: instant)
                    })
            }
            guard root["keys"] != nil else {
                throw SPIFFEBundleError.malformed("keys")
            }
            // A bundle does not say whose it is.
            let bundle = try SPIFFETrustBundle(trustDomain: SPIFFETrustDomain.unstated(), jwks: bytes)
            return TrustSource(
                name: path, form: "SPIFFE bundle", parts: TrustPart.bundle(bundle, named: "a trust domain"))
        } catch {
            throw Refusal(error.message)
        }
    }

    // MARK: PEM and DER

    private static func pem(_ bytes: [UInt8], _ path: String) throws(Refusal) -> TrustSource {
        let blocks: [PEMBlock]
        do throws(PEMError) {
            blocks = try PEMBlock.parseAll(bytes, limit: 1_000)
        } catch {
            throw Refusal(error.message)
        }
        // Labels are ASCII, for which `==` compares bytes.
        switch blocks.first?.label {
        case "CERTIFICATE":
            do throws(CertificateError) {
                return certificates(try Certificate.all(pem: bytes), path)
            } catch {
                throw Refusal(error.message)
            }
        case "X509 CRL": return try lists(bytes, path)
        default:
            do throws(PublicKeyError) {
                return TrustSource(name: path, form: "public key", parts: [TrustPart(try PublicKey(pem: bytes))])
            } catch {
                throw Refusal(error.message)
            }
        }
    }

    private static func der(_ bytes: [UInt8], _ path: String) throws(Refusal) -> TrustSource {
        if let certificate = try? Certificate(der: bytes) { return certificates([certificate], path) }
        return try lists(bytes, path)
    }

    private static func lists(_ bytes: [UInt8], _ path: String) throws(Refusal) -> TrustSource {
        do throws(RevocationListError) {
            let lists = try CertificateRevocationList.all(file: bytes)
            return TrustSource(name: path, form: "revocation lists", parts: lists.map { TrustPart($0) })
        } catch {
            throw Refusal(error.message)
        }
    }

    private static func certificates(_ certificates: [Certificate], _ path: String) -> TrustSource {
        TrustSource(
            name: path, form: "certificates", parts: certificates.map { TrustPart($0, kind: .certificate) })
    }
}

extension SPIFFETrustDomain {
    /// Stands for the name that a bundle does not say; `unstated` is one that every reader takes.
    fileprivate static func unstated() throws(SPIFFEBundleError) -> SPIFFETrustDomain {
        do {
            return try SPIFFETrustDomain("unstated")
        } catch {
            throw .trustDomain(error)
        }
    }
}
