import Foundation
import Landwaiter
import StrictEncoding
import Testing
import TransparencyLog

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
                row["trusted_root"].hasPrefix("../")
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

    // MARK: Published bundles

    /// Rows that come out otherwise than upstream has them, each with why.
    static let divergences: [String: String] = [:]

    /// Every bundle for which its project states an outcome. sigstore-js takes a log's promise alone, sigstore-python does
    /// not.
    @Test func agreesWithEveryPublishedBundle() throws {
        var counts = ["pass": 0, "fail": 0]
        for row in try KitTable("bundles/CASES.tsv").rows where counts[row["upstream_expected"]] != nil {
            let file = row["file"]
            let requirement = ProofRequirement(insecureAcceptsPromiseAlone: file.contains("/sigstore-js/"))
            let root =
                row["trusted_root"] == "prod" ? Self.publicGood : "trusted-roots/staging.trusted_root.json"
            let outcome = try SigstoreClient(root: root, requirement: requirement).verify(
                bundle: file, artifact: row["artifact"], identity: row["san"], issuer: row["issuer"])
            let agrees = (outcome == nil) == (row["upstream_expected"] == "pass")
            #expect(
                agrees == (Self.divergences[file] == nil),
                "\(file): expected \(row["upstream_expected"]), found \(outcome ?? "verified")")
            counts[row["upstream_expected"]]? += 1
        }
        #expect(counts == ["pass": 8, "fail": 8])
    }

    /// Bundles without a stated outcome: whatever comes of them, it is an answer.
    @Test func answersForBundlesWithoutAnOutcome() throws {
        var count = 0
        for row in try KitTable("bundles/CASES.tsv").rows where row["upstream_expected"].hasPrefix("(") {
            let outcome = try SigstoreClient(root: Self.publicGood).verify(
                bundle: row["file"], artifact: row["artifact"], identity: row["san"], issuer: row["issuer"])
            #expect(outcome.map { !$0.isEmpty } ?? true)
            count += 1
        }
        #expect(count == 11)
    }

    /// What `gh attestation trusted-root` prints: the public good instance and GitHub's own.
    @Test func readsEveryTrustedRoot() throws {
        let roots = try SigstoreTrustedRoot.all(
            parsing: Kit.read("trusted-roots/github-and-public-good.trusted_root.jsonl"), name: "gh"
        ) { $0 == 0 ? .publicGood : .githubPrivate }
        #expect(roots.map(\.name) == ["gh-1", "gh-2"])
        for file in [Self.publicGood, "trusted-roots/staging.trusted_root.json"] {
            #expect(try SigstoreTrustedRoot(parsing: Kit.read(file), name: "x").unusable.isEmpty)
        }
        #expect(roots.flatMap(\.unusable).isEmpty)
    }

    /// What cosign stored of two signatures in January 2023: a log's promise, and for one of them a certificate.
    @Test func verifiesWhatContainersImageStores() throws {
        let suite = "oci/containers-image/signature/"
        func item(_ name: String) throws -> UnverifiedSignedItem {
            try UnverifiedSignedItem(signatureFile: Kit.read(suite + name + "/signature-1"))
        }
        let accepting = try SigstoreClient(
            root: Self.publicGood, requirement: ProofRequirement(insecureAcceptsPromiseAlone: true))
        let strict = try SigstoreClient(root: Self.publicGood)

        let keyless = try item("dir-img-cosign-fulcio-rekor-valid")
        let facts = try accepting.facts(keyless).get()
        let signer = try #require(facts.certificateSigner)
        guard case .email = signer.subject else {
            Issue.record("expected an e-mail address, found \(signer.subject)")
            return
        }
        #expect(facts.verifiedTimes == [Instant(secondsSince1970: 1_674_247_893)])
        #expect(throws: SignatureRefusal.certificate(.logEntry(.noInclusionProof), root: "root")) {
            try strict.facts(keyless).get()
        }

        let key = try #require(TrustedKey(PublicKey(pem: Kit.read(suite + "cosign2.pub"))))
        for (client, times) in [(accepting, [Instant(secondsSince1970: 1_674_251_859)]), (strict, [])] {
            var budget = SignatureBudget()
            let verified = try SignatureVerifier.verify(
                item("dir-img-cosign-key-rekor-valid"), keys: TrustedKeySet([key]), roots: [client.root],
                budget: &budget
            ).get()
            #expect(verified.verifiedTimes == times)
        }
    }

    // MARK: Every bit

    /// Bits of real bundles, flipped at a stride that no field repeats with: refused, or the same facts.
    @Test(arguments: [
        "bundles/cpython/", "bundles/sigstore-js/bundles/bundleV02-dsse.sigstore",
        "bundles/sigstore-python/a.dsse.staging-rekor-v2.txt.sigstore.json",
    ])
    func flippedBitsNeverChangeTheFacts(file: String) throws {
        var file = file
        if file.hasSuffix("/") {
            file = "bundles/" + (try #require(KitTable("bundles/cpython/CASES.tsv").rows.first)["bundle"])
        }
        let client = try SigstoreClient(
            root: file.contains("staging") ? "trusted-roots/staging.trusted_root.json" : Self.publicGood)
        let bytes = try Kit.read(file)
        let sound = try client.facts(UnverifiedSignedItem(bundle: bytes)).get()
        let stride = max(1, bytes.count * 8 / 700) | 1
        var (same, refused) = (0, 0)
        for bit in Swift.stride(from: 0, to: bytes.count * 8, by: stride) {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << (bit % 8)
            guard let item = try? UnverifiedSignedItem(bundle: flipped),
                case .success(let facts) = client.facts(item)
            else {
                refused += 1
                continue
            }
            same += 1
            #expect(facts.certificateSigner == sound.certificateSigner, "\(file), bit \(bit)")
            #expect(facts.content == sound.content, "\(file), bit \(bit)")
        }
        // What nothing signs or compares is little: names of members, the index of an included entry, hints.
        #expect(refused > 4 * same, "\(file): \(same) of \(same + refused)")
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
                guard signer.subject.text == ExactString(identity) else { return "another identity" }
                guard signer.issuer == ExactString(issuer) else { return "another issuer" }
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

extension SigstoreClient {
    /// The same for a row that may name an artifact, an identity, both or neither. Where it names none, the one that the
    /// bundle claims stands for it.
    func verify(bundle: String, artifact: String, identity: String, issuer: String) throws -> String? {
        let item: UnverifiedSignedItem
        do {
            item = try UnverifiedSignedItem(bundle: Kit.read(bundle))
        } catch let error as SignedItemError {
            return "\(error.code): \(error.message)"
        }
        var known: [SignedArtifact]?
        if case .message = item.content, !artifact.isEmpty {
            known = [SignedArtifact(VerifiedContent(namedByOwnDigest: try Kit.read(artifact)))]
        }
        switch facts(item, artifacts: known) {
        case .failure(let refusal): return "\(refusal.code): \(refusal.message)"
        case .success(let signature):
            guard let signer = signature.certificateSigner else { return "no certificate" }
            guard identity.isEmpty || signer.subject.text == ExactString(identity) else {
                return "another identity"
            }
            guard issuer.isEmpty || signer.issuer == ExactString(issuer) else { return "another issuer" }
            return nil
        }
    }

    /// What is verified of an item; by default about the artifact that it claims.
    func facts(
        _ item: UnverifiedSignedItem, artifacts: [SignedArtifact]? = nil
    ) -> Result<VerifiedSignature, SignatureRefusal> {
        var claimed: [SignedArtifact] = []
        if case .message(let hash?, _) = item.content, hash.algorithm == .sha256,
            let digest = try? Digest("sha256:" + Hex.encode(hash.bytes))
        {
            claimed = [SignedArtifact(digest: digest)].compactMap { $0 }
        }
        var budget = SignatureBudget()
        return SignatureVerifier.verify(
            item, keys: TrustedKeySet([]), roots: [root], artifacts: artifacts ?? claimed, budget: &budget)
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

extension VerifiedSignature {
    /// Under a trusted root; nil for what a key signed.
    fileprivate var certificateSigner: FulcioIdentity? {
        guard case .fulcio(let identity, _)? = certificateSigners.first?.holder else { return nil }
        return identity
    }
}
