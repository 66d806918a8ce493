import Foundation
import Landwaiter
import Testing

/// Bundles of others with the outcome that others expect.
@Suite(.enabled(if: Kit.isPresent, Kit.absence))
struct SigstoreKitTests {
    static let publicGood = "trusted-roots/sigstore-public-good-tuf/targets/trusted_root.json"

    /// Every row of sigstore-conformance, with the artifact and with its digest alone.
    @Test func agreesWithSigstoreConformance() throws {
        let folder = "sigstore-conformance/"
        var passed = 0
        for row in try KitTable("sigstore-conformance/CASES.tsv").rows {
            let root =
                try row["trusted_root"].hasPrefix("../")
                ? Self.publicGood : folder + row["trusted_root"]
            let artifact = try Kit.read(folder + row["artifact"])
            for known in [VerifiedContent(namedByOwnDigest: artifact), nil] {
                let outcome = try SigstoreClient(root: root).verify(
                    bundle: folder + row["bundle"],
                    artifact: known.map { SignedArtifact($0) }
                        ?? SignedArtifact(digest: Digest(row["artifact_digest"])),
                    digest: Digest(row["artifact_digest"]), key: row["key"].isEmpty ? nil : folder + row["key"],
                    identity: row["certificate_identity"], issuer: row["certificate_oidc_issuer"])
                let expected = row["expected"] == "pass"
                #expect((outcome == nil) == expected, "\(row["case_id"]): \(outcome ?? "verified")")
                if (outcome == nil) == expected { passed += 1 }
                print("conformance", row["case_id"], outcome ?? "verified")
            }
        }
        #expect(passed == 64)
    }

    @Test func verifiesEveryCPythonRelease() throws {
        let client = try SigstoreClient(root: Self.publicGood)
        let rows = try KitTable("bundles/cpython/CASES.tsv").rows
        #expect(rows.count == 61)
        for (position, row) in rows.enumerated() {
            func outcome(
                digest: String, identity: String? = nil, issuer: String? = nil
            ) throws -> String? {
                try client.verify(
                    bundle: "bundles/" + row["bundle"], artifact: SignedArtifact(digest: Digest(digest)),
                    digest: Digest(digest), key: nil, identity: identity ?? row["certificate_identity"],
                    issuer: issuer ?? row["certificate_oidc_issuer"])
            }
            let digest = row["artifact_digest"]
            let right = try outcome(digest: digest)
            #expect(right == nil, "\(row["version"]): \(right ?? "")")
            #expect(try outcome(digest: rows[(position + 7) % rows.count]["artifact_digest"]) != nil)
            #expect(try outcome(digest: digest, identity: "x" + row["certificate_identity"]) != nil)
            #expect(try outcome(digest: digest, identity: String(row["certificate_identity"].dropLast())) != nil)
            #expect(try outcome(digest: digest, issuer: row["certificate_oidc_issuer"] + "/") != nil)
        }
    }
}

/// What a Sigstore client is asked: did this identity sign that artifact?
struct SigstoreClient {
    let root: SigstoreTrustedRoot

    init(root: String, requirement: ProofRequirement = .publicGood) throws {
        self.root = try SigstoreTrustedRoot(parsing: Kit.read(root), name: "root", requirement: requirement)
    }

    /// Nil if it did, else why not.
    func verify(
        bundle: String, artifact: SignedArtifact?, digest: Digest, key: String?, identity: String, issuer: String
    ) throws -> String? {
        let item: UnverifiedSignedItem
        do {
            item = try UnverifiedSignedItem(bundle: Kit.read(bundle))
        } catch let error as SignedItemError {
            return "\(error.code): \(error.message)"
        }
        let trusted: TrustedKey?
        do {
            trusted = try key.flatMap { TrustedKey(try PublicKey(pem: Kit.read($0))) }
        } catch let error as PublicKeyError {
            return "\(error.code): \(error.message)"
        }
        let keys = TrustedKeySet([trusted].compactMap { $0 })
        var budget = SignatureBudget()
        switch SignatureVerifier.verify(
            item, keys: keys, roots: [root], artifacts: artifact.map { [$0] } ?? [], budget: &budget)
        {
        case .failure(let refusal): return "\(refusal.code): \(refusal.message)"
        case .success(let signature):
            if key == nil {
                guard let signer = signature.certificateSigner else { return "no certificate" }
                guard signer.identity.subject.text == ExactString(identity) else { return "another identity" }
                guard signer.identity.issuer == ExactString(issuer) else { return "another issuer" }
            } else if signature.certificateSigner != nil {
                return "no key"
            }
            switch signature.content {
            case .artifact(let signed): return signed == digest ? nil : "another artifact"
            case .dsse(let type, let payload):
                guard type == Statement.payloadType else { return "no statement" }
                return try Statement(parsing: payload).names(digest) ? nil : "another subject"
            case .simpleSigning: return "simple signing"
            }
        }
    }
}

/// A tab-separated sheet of the kit; the first line names the columns.
struct KitTable {
    let rows: [Row]

    struct Row {
        fileprivate let values: [String: String]
        subscript(_ column: String) -> String { values[column] ?? "" }
    }

    init(_ path: String) throws {
        let lines = String(decoding: try Kit.read(path), as: UTF8.self).split(separator: "\n")
        let columns = (lines.first ?? "").split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        rows = lines.dropFirst().map { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return Row(values: Dictionary(uniqueKeysWithValues: zip(columns, fields)))
        }
    }
}
