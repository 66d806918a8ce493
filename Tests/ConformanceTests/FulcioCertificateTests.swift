import Foundation
import Landwaiter
import Testing

/// Certificates, logs' promises and timestamps inside real bundles, against the public-good root.
@Suite(.enabled(if: Kit.isPresent, Kit.absence))
struct FulcioCertificateTests {
    static let places = [
        "bundles/cpython", "bundles/pypi-attestations", "bundles/sigstore-js", "bundles/sigstore-python",
        "bundles/sigstore-rs",
    ]

    static let roots = Result {
        try ["sigstore-public-good-tuf/targets/trusted_root.json", "staging.trusted_root.json"].map {
            try TrustedRootFile("trusted-roots/" + $0)
        }
    }

    /// Every certificate of Fulcio's public instances holds under its root alone, though both authorities have one name:
    /// chain within its validity and not after, one log's promise, one identity.
    @Test func everyPublicCertificateHoldsUnderItsRoot() throws {
        let roots = try Self.roots.get()
        var seen = 0
        for bundle in try Self.places.flatMap(BundleFile.all(under:)) {
            guard let leaf = try bundle.leaf.map({ try Certificate(der: $0) }) else { continue }
            let issuers = roots.flatMap(\.authorities.all).flatMap(\.certificates)
            // Private instances have roots of their own.
            guard issuers.contains(where: { $0.subject == leaf.issuer }) else { continue }
            let chains = roots.compactMap { root in
                (try? root.authorities.verify(leaf, at: leaf.validity.lowerBound, profile: .fulcio)).map { (root, $0) }
            }
            let (root, chain) = try #require(chains.first, "\(bundle.path)")
            #expect(chains.count == 1, "\(bundle.path)")
            #expect(try chain.certificateTimestamps(from: root.logs, threshold: 1).promises.count == 1)
            #expect(try FulcioIdentity(chain).issuer.value.hasPrefix("https://"))
            #expect(throws: ChainError.self) {
                try root.authorities.verify(leaf, at: leaf.validity.upperBound.adding(seconds: 1), profile: .fulcio)
            }
            #expect(throws: SCTError.thresholdNotMet(2, found: 1)) {
                try chain.certificateTimestamps(from: root.logs, threshold: 2)
            }
            seen += 1
        }
        #expect(seen > 60, "\(seen)")
        print("fulcio certificates seen", seen)
    }

    /// Every timestamp of a known authority that comes with a bundle is over that bundle's signature.
    @Test func everyTimestampIsOverItsSignature() throws {
        let authorities = try Self.roots.get().flatMap(\.timestampAuthorities)
        var outcomes: [String: Int] = [:]
        for bundle in try (Self.places + ["sigstore-conformance/bundle-verify"]).flatMap(BundleFile.all(under:)) {
            for timestamp in bundle.timestamps {
                guard let signature = bundle.signature else { continue }
                do {
                    let token = try TimestampToken(response: timestamp)
                    let proof = try token.verify(over: SignedMessage(signature), by: authorities)
                    outcomes["verified", default: 0] += 1
                    #expect(proof.instant > .earliest)
                } catch {
                    outcomes["\(error)" + (bundle.path.contains("_fail") ? "" : " " + bundle.path), default: 0] += 1
                }
            }
        }
        print("outcomes", outcomes)
        #expect(outcomes["verified", default: 0] > 5, "\(outcomes)")
    }
}

/// As much of `trusted_root.json` as these tests need.
struct TrustedRootFile {
    let authorities: CertificateAuthorities
    let logs: [CertificateTransparencyLog]
    let timestampAuthorities: [TimestampAuthority]

    init(_ path: String) throws {
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(Kit.read(path))) as? [String: Any])
        func list(_ name: String) -> [[String: Any]] { json[name] as? [[String: Any]] ?? [] }
        authorities = CertificateAuthorities(
            try list("certificateAuthorities").map {
                try CertificateAuthority(certificates: Self.certificates($0), validFor: Self.period($0))
            })
        timestampAuthorities = try list("timestampAuthorities").map {
            try TimestampAuthority(certificates: Self.certificates($0), validFor: Self.period($0))
        }
        logs = try list("ctlogs").map { log in
            let key = try #require(log["publicKey"] as? [String: Any])
            let bytes = try Base64.decode(#require(key["rawBytes"] as? String))
            let isPKCS1 = (key["keyDetails"] as? String)?.hasPrefix("PKCS1") == true
            let pem = PEMBlock(label: isPKCS1 ? "RSA PUBLIC KEY" : "PUBLIC KEY", bytes: bytes).encoded()
            return try #require(
                CertificateTransparencyLog(key: PublicKey(pem: Array(pem.utf8)), validFor: Self.period(key)))
        }
    }

    private static func certificates(_ entry: [String: Any]) throws -> [Certificate] {
        let chain = try #require(entry["certChain"] as? [String: Any])
        return try #require(chain["certificates"] as? [[String: String]]).map {
            try Certificate(der: Base64.decode($0["rawBytes"] ?? ""))
        }
    }

    private static func period(_ entry: [String: Any]) throws -> ValidityPeriod {
        let period = try #require(entry["validFor"] as? [String: String])
        return try ValidityPeriod(
            start: period["start"].flatMap(Instant.init(rfc3339:)), end: period["end"].flatMap(Instant.init(rfc3339:)))
    }
}

/// As much of a bundle as these tests need.
struct BundleFile {
    let path: String
    let leaf: [UInt8]?
    let signature: [UInt8]?
    let timestamps: [[UInt8]]

    static func all(under path: String) throws -> [BundleFile] {
        let root = try #require(Kit.root)
        let names = FileManager.default.enumerator(atPath: root.appendingPathComponent(path).path)
        var bundles: [BundleFile] = []
        while let name = names?.nextObject() as? String {
            let file = path + "/" + name
            guard let bytes = try? Kit.read(file),
                let json = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any],
                let material = json["verificationMaterial"] as? [String: Any]
            else { continue }
            bundles.append(BundleFile(file, json, material))
        }
        return bundles
    }

    private init(_ path: String, _ json: [String: Any], _ material: [String: Any]) {
        func bytes(_ text: Any?) -> [UInt8]? { (text as? String).flatMap { try? Base64.decode($0) } }
        let chain = (material["x509CertificateChain"] as? [String: Any])?["certificates"] as? [[String: Any]]
        let single = material["certificate"] as? [String: Any]
        let message = json["messageSignature"] as? [String: Any]
        let envelope = json["dsseEnvelope"] as? [String: Any]
        let data = material["timestampVerificationData"] as? [String: Any]
        self.path = path
        leaf = bytes((single ?? chain?.first)?["rawBytes"])
        signature =
            bytes(message?["signature"]) ?? bytes((envelope?["signatures"] as? [[String: Any]])?.first?["sig"])
        timestamps = (data?["rfc3161Timestamps"] as? [[String: Any]] ?? []).compactMap {
            bytes($0["signedTimestamp"])
        }
    }
}
