import Attestation
import Content
import Findings
import Foundation
import PKI
import Sigstore
import StrictEncoding
import Testing

/// What real builders wrote: the envelopes and bundles of the kit, decoded and not verified.
@Suite(.enabled(if: Kit.isPresent, Kit.absence))
struct ProvenanceKitTests {
    /// Evidence that holds no in-toto statement, by design of whoever made it; all else has to be read.
    static let exceptions: [String: String] = [
        // Tests of a Sigstore client that sign a text
        "bundles/sigstore-js/fixtures/client-invalid.v1.dsse.invalidBadSignature.sigstore.json":
            "dsse.unsupported-payload-type",
        "bundles/sigstore-js/fixtures/client-valid.v1.dsse.withSigningCert.sigstore.json":
            "dsse.unsupported-payload-type",
        "bundles/sigstore-js/fixtures/verify-bundles.V1.DSSE.WITH_SIGNING_CERT.TLOG_DSSE.sigstore.json":
            "dsse.unsupported-payload-type",
        "bundles/sigstore-js/fixtures/verify-bundles.V3.DSSE.WITH_SIGNING_CERT.TLOG_DSSEV002.sigstore.json":
            "dsse.unsupported-payload-type",
        // A bundle whose media type is a sentence
        "bundles/sigstore-python/bundle_invalid_version.txt.sigstore": "sigstore.unknown-media-type",
        // Bundles that are malformed on purpose
        "sigstore-conformance/bundle-verify/bundle-empty-certificate-chain_fail/bundle.sigstore.json":
            "sigstore.malformed-bundle",
        "sigstore-conformance/bundle-verify/bundle-invalid-base64-signature_fail/bundle.sigstore.json":
            "sigstore.malformed-signature",
    ]

    @Test(arguments: [("slsa-verifier", 85), ("bundles", 7), ("sigstore-conformance", 10)])
    func readsEveryStatement(suite: String, atLeast: Int) throws {
        var statements = 0
        for (path, item) in try Self.evidence(under: suite) {
            // A signature over a plain artifact holds no statement at all.
            if case .message? = try? item.get().content { continue }
            do {
                let statement = try Self.statement(of: item)
                statements += 1
                guard PredicateType(statement.predicateType)?.family == .slsaProvenance else { continue }
                let provenance = try Provenance(statement: statement)
                #expect(!provenance.builder.utf8.isEmpty, "\(path)")
                // What GitHub's workflow build type and version 0.2 promise to state.
                if provenance.version == .v0_2 || provenance.buildType.value.hasSuffix("/workflow/v1") {
                    #expect(provenance.sourceRepository?.value.hasPrefix("https://") == true, "\(path)")
                    #expect(provenance.sourceRef?.value.hasPrefix("refs/") == true, "\(path)")
                    #expect(provenance.sourceCommit?.utf8.count == 40, "\(path)")
                    #expect(provenance.entryPoint?.value.hasPrefix(".github/workflows/") == true, "\(path)")
                }
            } catch {
                let code = Self.code(of: error)
                #expect(Self.exceptions[path] == code, "\(path): \(error)")
            }
        }
        #expect(statements >= atLeast)
    }

    /// slsa-verifier accepts or refuses a source by what the provenance states; the normal form has to state the same.
    @Test func statesTheSourceThatSlsaVerifierFound() throws {
        // A file serves some thirty rows.
        var read: [String: Provenance] = [:]
        for (path, item) in try Self.evidence(under: "slsa-verifier") {
            guard let provenance = try? Provenance(statement: Self.statement(of: item)) else { continue }
            if provenance.version == .v0_2 { read[path] = provenance }
        }
        var (matching, differing) = (0, 0)
        for row in try Self.rows("slsa-verifier/CASES.tsv") {
            guard let path = row["evidence"], let options = row["options_json"],
                let provenance = read["slsa-verifier/" + path],
                let source = try JSONDocument(parsing: Array(options.utf8)).root["source-uri"]?.string
            else { continue }
            let stated = ExactString("https://" + source)
            if row["expected"] == "pass" {
                #expect(provenance.sourceRepository == stated, "\(row["case_id"] ?? "")")
                matching += 1
            } else if row["upstream_error"] == "ErrorMismatchSource" {
                #expect(provenance.sourceRepository != stated, "\(row["case_id"] ?? "")")
                differing += 1
            }
        }
        #expect(matching > 0 && differing > 0)
    }

    /// Image signatures that containers/image's own tests hold, with the key that made them.
    @Test(arguments: [
        ("dir-img-cosign-valid/signature-1", "192.168.64.2:5000/cosign-signed-single-sample", true),
        ("dir-img-cosign-no-manifest/signature-1", "192.168.64.2:5000/cosign-signed-single-sample", true),
        ("dir-img-cosign-valid-with-tag/signature-1", "192.168.64.2:5000/skopeo-signed:tag", true),
        ("dir-img-cosign-key-rekor-valid/signature-1", "192.168.64.2:5000/cosign-signed/key-1", false),
    ])
    func verifiesSignatureFiles(file: String, reference: String, byFirstKey: Bool) throws {
        let suite = "oci/containers-image/signature/"
        let item = try UnverifiedSignedItem(signatureFile: Kit.read(suite + file))
        let (first, second) = (try Self.keys(suite + "cosign.pub"), try Self.keys(suite + "cosign2.pub"))
        var budget = SignatureBudget()
        let verified = try SignatureVerifier.verify(item, keys: byFirstKey ? first : second, budget: &budget).get()
        #expect(try SimpleSigningPayload(parsing: verified.payload).dockerReference == ExactString(reference))
        #expect(throws: SignatureRefusal.noKeyMatches(keys: 1, signatures: 1)) {
            try SignatureVerifier.verify(item, keys: byFirstKey ? second : first, budget: &budget).get()
        }
    }

    @Test func refusesSignatureFilesOfOtherKinds() throws {
        let suite = "oci/containers-image/signature/"
        for file in [
            "dir-img-valid-2/signature-1", "dir-img-valid-2/signature-2", "dir-img-manifest-digest-error/signature-1",
            "expired.signature", "subkey.signature",
        ] {
            #expect(throws: SignedItemError.openPGP, "\(file)") {
                try UnverifiedSignedItem(signatureFile: Kit.read(suite + file))
            }
        }
        for file in ["corrupt.signature", "unsigned-literal.signature", "unsigned-encrypted.signature"] {
            #expect(throws: SignedItemError.self, "\(file)") {
                try UnverifiedSignedItem(signatureFile: Kit.read(suite + file))
            }
        }
        let keyless = try UnverifiedSignedItem(
            signatureFile: Kit.read(suite + "dir-img-cosign-fulcio-rekor-valid/signature-1"))
        var budget = SignatureBudget()
        let keys = try Self.keys(suite + "cosign.pub")
        #expect(throws: SignatureRefusal.noTrustedRoot) {
            try SignatureVerifier.verify(keyless, keys: keys, budget: &budget).get()
        }
    }
}

extension ProvenanceKitTests {
    typealias Item = Result<UnverifiedSignedItem, EvidenceFile.RefusedItem>

    /// Every item in every file of a suite that is evidence at all.
    private static func evidence(under suite: String) throws -> [(path: String, item: Item)] {
        let root = try #require(Kit.root)
        let names = try FileManager.default.subpathsOfDirectory(atPath: root.appendingPathComponent(suite).path)
        var found: [(path: String, item: Item)] = []
        for name in names.sorted() {
            let path = suite + "/" + name
            let attributes = try FileManager.default.attributesOfItem(atPath: root.appendingPathComponent(path).path)
            guard attributes[.type] as? FileAttributeType == .typeRegular else { continue }
            found += EvidenceFile.sniff(try Kit.read(path)).items.map { (path, $0) }
        }
        return found
    }

    /// The rows of a sheet, by the names in its first line.
    private static func rows(_ path: String) throws -> [[String: String]] {
        let lines = String(decoding: try Kit.read(path), as: UTF8.self).split(separator: "\n")
        let fields = lines.map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
        guard let names = fields.first else { return [] }
        return fields.dropFirst().map { Dictionary(zip(names, $0)) { first, _ in first } }
    }

    private static func statement(of item: Item) throws -> Statement {
        guard case .dsse(let envelope) = try item.get().content else { throw SignedItemError.notEvidence }
        return try Statement(payloadType: envelope.payloadType, payload: envelope.payload)
    }

    private static func keys(_ path: String) throws -> TrustedKeySet {
        TrustedKeySet([try #require(TrustedKey(PublicKey(pem: Kit.read(path))))])
    }

    private static func code(of error: any Error) -> String {
        switch error {
        case let error as EvidenceFile.RefusedItem: error.error.code.name
        case let error as StatementError: error.code.name
        case let error as ProvenanceError: error.code.name
        default: "\(error)"
        }
    }
}
