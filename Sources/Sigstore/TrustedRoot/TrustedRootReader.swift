import Content
import Findings
import PKI
public import StrictEncoding
import TransparencyLog

extension SigstoreTrustedRoot {
    /// Reads a `trusted_root.json` (sigstore/protobuf-specs, `sigstore_trustroot.proto`).
    ///
    /// Members that the format does not define are ignored. An element that can't be used (an unknown algorithm, a
    /// validity without a start, a chain that is none) is left out and listed in ``unusable``; a file of which nothing
    /// can be used is an error.
    ///
    /// - Throws: `TrustedRootError`.
    public init(
        parsing bytes: [UInt8], name: String, requirement: ProofRequirement = .publicGood
    ) throws(TrustedRootError) {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: bytes, limits: TrustedRootError.limits)
        } catch {
            throw .json(error)
        }
        let parts: TrustedRootParts
        do {
            parts = try TrustedRootParts(document.root)
        } catch {
            throw .malformed(error)
        }
        guard parts.isUsable else { throw .nothingUsable(parts.unusable.first?.reason) }
        self.init(name: name, digest: Digest(of: bytes), parts: parts, requirement: requirement)
    }

    /// 4 MiB, hundreds of times a real one.
    public static let longestFile = 4 << 20

    /// Reads a file of one root, or of one on each line, as `gh attestation trusted-root` writes it. Several are named
    /// `name-1`, `name-2`, ….
    ///
    /// What a root has to show is never inferred from what it lists: one without logs would otherwise ask for less by
    /// leaving them out. Without a requirement of the caller's, each has that of the public good instance, which a root
    /// without logs can't meet.
    ///
    /// - Parameter requirement: for each, by its position from 0.
    /// - Throws: `TrustedRootError`; one bad line refuses the file.
    public static func all(
        parsing bytes: [UInt8], name: String, requirement: (Int) -> ProofRequirement = { _ in .publicGood }
    ) throws(TrustedRootError) -> [SigstoreTrustedRoot] {
        do throws(TrustedRootError) {
            return [try SigstoreTrustedRoot(parsing: bytes, name: name, requirement: requirement(0))]
        } catch {
            guard case .json(.trailingBytes) = error else { throw error }
        }
        var roots: [SigstoreTrustedRoot] = []
        for line in bytes.split(separator: UInt8(ascii: "\n"))
        where line.contains(where: { ![0x20, 0x09, 0x0D].contains($0) }) {
            guard roots.count < TrustedRootError.mostRoots else {
                throw .tooManyRoots(limit: TrustedRootError.mostRoots)
            }
            roots.append(
                try SigstoreTrustedRoot(
                    parsing: Array(line), name: "\(name)-\(roots.count + 1)", requirement: requirement(roots.count)))
        }
        return roots
    }
}

/// Why a file is no trusted root.
public enum TrustedRootError: Error, Equatable, Sendable {
    case json(JSONError)
    case malformed(SignedItemError)
    /// With the first reason, if there is one.
    case nothingUsable(String?)
    case tooManyRoots(limit: Int)

    static let limits = JSONLimits(bytes: SigstoreTrustedRoot.longestFile, depth: 32)
    static let mostRoots = 16

    /// One line, lower case.
    public var message: String {
        switch self {
        case .json(let error): "trusted root: \(error.message)"
        case .malformed(let error): "trusted root: \(error.message)"
        case .nothingUsable(let reason):
            "expected a trusted root with a log or an authority, found nothing usable"
                + (reason.map { ": \($0)" } ?? "")
        case .tooManyRoots(let limit): "expected at most \(limit) trusted roots in one file, found more"
        }
    }
}

/// What a file lists, as far as it can be used.
struct TrustedRootParts {
    private(set) var logs: [TrustedLog] = []
    private(set) var certificateAuthorities: [CertificateAuthority] = []
    private(set) var certificateLogs: [CertificateTransparencyLog] = []
    private(set) var timestampAuthorities: [TimestampAuthority] = []
    private(set) var unusable: [SigstoreTrustedRoot.Unusable] = []

    /// A root of timestamps and logs alone can date what keys signed.
    var isUsable: Bool { !certificateAuthorities.isEmpty || !timestampAuthorities.isEmpty || !logs.isEmpty }

    /// Nobody, and why.
    init(unreadable reason: String) { unusable = [.init(place: "trusted root", reason: reason)] }

    private static let mediaTypes = [
        "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "application/vnd.dev.sigstore.trustedroot.v0.1+json",
        "application/vnd.dev.sigstore.trustedroot.v0.2+json",
    ]

    init(_ value: JSONValue) throws(SignedItemError) {
        let root = try BundleObject(value, place: "trusted root")
        guard let mediaType = root["mediaType"]?.string else { throw .missing("mediaType") }
        guard Self.mediaTypes.contains(where: { $0.utf8.elementsEqual(mediaType.utf8) }) else {
            throw .unknownMediaType(mediaType)
        }
        logs = try read(root, "tlogs", Self.log)
        certificateAuthorities = try read(root, "certificateAuthorities", Self.certificateAuthority)
        certificateLogs = try read(root, "ctlogs", Self.certificateLog)
        timestampAuthorities = try read(root, "timestampAuthorities", Self.timestampAuthority)
    }

    struct Unusable: Error {
        let reason: String
    }

    /// The elements of a list that can be used; the others are noted.
    private mutating func read<Element>(
        _ root: BundleObject, _ name: String, _ element: (BundleObject) throws(Unusable) -> Element
    ) throws(SignedItemError) -> [Element] {
        var elements: [Element] = []
        for (position, value) in try root.elements(name).enumerated() {
            let place = "\(name)[\(position)]"
            let object = try BundleObject(value, place: place)
            do throws(Unusable) {
                elements.append(try element(object))
            } catch {
                unusable.append(.init(place: place, reason: error.reason))
            }
        }
        return elements
    }
}

// MARK: Elements

extension TrustedRootParts {
    private static func log(_ element: BundleObject) throws(Unusable) -> TrustedLog {
        let key = try publicKey(element)
        let logID = try reading { () throws(SignedItemError) in
            try element.optionalObject("logId")?.bytes("keyId")
        }
        let checkpointKeyID = try reading { () throws(SignedItemError) in
            try element.optionalObject("checkpointKeyId")?.bytes("keyId")
        }
        let url = try reading { () throws(SignedItemError) in try element.text("baseUrl") }
        let hash = try reading { () throws(SignedItemError) in try element.text("hashAlgorithm") }
        do {
            return try TrustedLog(
                baseURL: url?.value ?? "", hashAlgorithm: hash?.value ?? "", publicKey: key.key, schemes: key.schemes,
                logID: logID, checkpointKeyID: checkpointKeyID, start: key.validFor.start, end: key.validFor.end)
        } catch {
            throw Unusable(reason: error.message)
        }
    }

    private static func certificateLog(_ element: BundleObject) throws(Unusable) -> CertificateTransparencyLog {
        let key = try publicKey(element)
        guard let log = CertificateTransparencyLog(key: key.key, validFor: key.validFor) else {
            throw Unusable(reason: "expected an ECDSA or RSA key, found \(key.key.kind)")
        }
        let stated = try reading { () throws(SignedItemError) in
            try element.optionalObject("logId")?.bytes("keyId")
        }
        guard stated == nil || stated == log.logID else {
            throw Unusable(reason: "expected the hash of the key as `logId`, found another")
        }
        return log
    }

    private static func certificateAuthority(_ element: BundleObject) throws(Unusable) -> CertificateAuthority {
        let validFor = try validity(element)
        let certificates = try chain(element)
        do {
            return try CertificateAuthority(certificates: certificates, validFor: validFor)
        } catch {
            throw Unusable(reason: error.message)
        }
    }

    private static func timestampAuthority(_ element: BundleObject) throws(Unusable) -> TimestampAuthority {
        let validFor = try validity(element)
        let certificates = try chain(element)
        do {
            return try TimestampAuthority(certificates: certificates, validFor: validFor)
        } catch {
            throw Unusable(reason: error.message)
        }
    }

    private static func chain(_ element: BundleObject) throws(Unusable) -> [Certificate] {
        let ders = try reading { () throws(SignedItemError) -> [[UInt8]] in
            var ders: [[UInt8]] = []
            for value in try element.object("certChain").elements("certificates") {
                ders.append(try BundleObject(value, place: "certificates").bytes("rawBytes"))
            }
            return ders
        }
        var certificates: [Certificate] = []
        for der in ders {
            do {
                certificates.append(try Certificate(der: der))
            } catch {
                throw Unusable(reason: error.message)
            }
        }
        return certificates
    }

    /// Both ends included; a missing start is refused, since such an element would have been believed for ever.
    private static func validity(_ element: BundleObject) throws(Unusable) -> ValidityPeriod {
        let period = try reading { () throws(SignedItemError) in try element.optionalObject("validFor") }
        let start = try instant(period, "start")
        let end = try instant(period, "end")
        do {
            return try ValidityPeriod(start: start, end: end)
        } catch {
            throw Unusable(reason: error.message)
        }
    }

    private static func instant(_ period: BundleObject?, _ name: String) throws(Unusable) -> Instant? {
        guard let text = try reading({ () throws(SignedItemError) in try period?.text(name) }) else { return nil }
        guard let instant = Instant(rfc3339: text.value) else {
            throw Unusable(reason: "expected a time of RFC 3339 as `\(name)`, found \(Finding.quoted(text.value))")
        }
        return instant
    }

    /// `PublicKey` of `sigstore_common.proto`.
    static func publicKey(
        _ element: BundleObject
    ) throws(Unusable) -> (key: PublicKey, schemes: [SignatureScheme], validFor: ValidityPeriod) {
        let object = try reading { () throws(SignedItemError) in try element.object("publicKey") }
        let bytes = try reading { () throws(SignedItemError) in try object.bytes("rawBytes") }
        let details = try reading { () throws(SignedItemError) in try object.text("keyDetails") } ?? ""
        guard let form = KeyDetails.all[details] else {
            throw Unusable(reason: "expected a known kind of key, found \(Finding.quoted(details.value))")
        }
        let validFor = try validity(object)
        let key: PublicKey
        do throws(PublicKeyError) {
            key = form.isPKCS1 ? try PublicKey(rsaPublicKey: bytes) : try PublicKey(subjectPublicKeyInfo: bytes)
        } catch {
            throw Unusable(reason: error.message)
        }
        guard form.scheme.isUsable(with: key.kind) else {
            throw Unusable(reason: "expected a key as `keyDetails` says, found \(key.kind)")
        }
        return (key, [form.scheme], validFor)
    }

    private static func reading<Value>(_ body: () throws(SignedItemError) -> Value) throws(Unusable) -> Value {
        do throws(SignedItemError) { return try body() } catch { throw Unusable(reason: error.message) }
    }
}

/// `PublicKeyDetails` of `sigstore_common.proto`: the values that name what this program verifies.
private struct KeyDetails {
    let scheme: SignatureScheme
    let isPKCS1: Bool

    static let all: [ExactString: KeyDetails] = [
        "PKIX_ECDSA_P256_SHA_256": .init(scheme: .ecdsaSHA256, isPKCS1: false),
        "PKIX_ECDSA_P384_SHA_384": .init(scheme: .ecdsaSHA384, isPKCS1: false),
        "PKIX_ECDSA_P521_SHA_512": .init(scheme: .ecdsaSHA512, isPKCS1: false),
        "PKIX_ED25519": .init(scheme: .ed25519, isPKCS1: false),
        "PKIX_RSA_PKCS1V15_2048_SHA256": .init(scheme: .rsaPKCS1SHA256, isPKCS1: false),
        "PKIX_RSA_PKCS1V15_3072_SHA256": .init(scheme: .rsaPKCS1SHA256, isPKCS1: false),
        "PKIX_RSA_PKCS1V15_4096_SHA256": .init(scheme: .rsaPKCS1SHA256, isPKCS1: false),
        "PKIX_RSA_PSS_2048_SHA256": .init(scheme: .rsaPSSSHA256, isPKCS1: false),
        "PKIX_RSA_PSS_3072_SHA256": .init(scheme: .rsaPSSSHA256, isPKCS1: false),
        "PKIX_RSA_PSS_4096_SHA256": .init(scheme: .rsaPSSSHA256, isPKCS1: false),
        "PKIX_RSA_PKCS1V5": .init(scheme: .rsaPKCS1SHA256, isPKCS1: false),
        "PKCS1_RSA_PKCS1V5": .init(scheme: .rsaPKCS1SHA256, isPKCS1: true),
        "PKCS1_RSA_PSS": .init(scheme: .rsaPSSSHA256, isPKCS1: true),
    ]
}
