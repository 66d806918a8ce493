import Foundation
import Landwaiter
import StrictEncoding
import Testing

/// Forms of evidence other than bundles, as registries and builders wrote them.
@Suite(.enabled(if: Kit.isPresent, Kit.absence))
struct EvidenceFormsKitTests {
    typealias Item = Result<UnverifiedSignedItem, EvidenceFile.RefusedItem>

    /// Every file and layout that the slsa-verifier sheet names holds something signed.
    @Test func readsTheEvidenceOfEveryRow() throws {
        let rows = try KitTable("slsa-verifier/CASES.tsv").rows
        #expect(rows.count == 3157)
        var kinds: [String: Set<String>] = [:]
        for row in rows {
            for path in row["evidence"].split(separator: ";") {
                kinds[row["evidence_kind"].prefix { $0 != " " }.description, default: []].insert(String(path))
            }
        }
        #expect(kinds["sigstore-bundle"]?.count == 33 && kinds["oci-layout"]?.count == 3)
        #expect(kinds["dsse+cert(tlog"]?.count == 49)
        for path in kinds["sigstore-bundle"] ?? [] {
            let file = EvidenceFile.sniff(try Kit.read("slsa-verifier/" + path))
            #expect(file.form == .bundle && file.items.count == 1, "\(path)")
            #expect(try file.items.first?.get().form == .bundle, "\(path)")
        }
        for path in kinds["oci-layout"] ?? [] {
            #expect(try Self.attestations(inLayout: "slsa-verifier/" + path) > 0, "\(path)")
        }
    }

    /// slsa-github-generator before version 2: the certificate is there, and nothing says when.
    @Test func refusesCertificatesBesideEnvelopesForWantOfATime() throws {
        let rows = try KitTable("slsa-verifier/CASES.tsv").rows
        let files = Set(rows.filter { $0["evidence_kind"].hasPrefix("dsse+cert") }.map { $0["evidence"] })
        #expect(files.count == 49)
        let accepting = try SigstoreClient(
            root: SigstoreKitTests.publicGood, requirement: ProofRequirement(insecureAcceptsPromiseAlone: true))
        for path in files {
            let item = try #require(EvidenceFile.sniff(Kit.read("slsa-verifier/" + path)).items.first).get()
            guard case .certificates(let certificates) = item.material else {
                Issue.record("\(path): no certificate")
                continue
            }
            #expect(certificates.count == 1, "\(path)")
            guard case .failure(let refusal) = accepting.facts(item) else {
                Issue.record("\(path): verified")
                continue
            }
            #expect(refusal.code.name == "sigstore.no-verified-time", "\(path)")
        }
    }

    @Test func readsTheKeysOfTheRegistryOfNPM() throws {
        let keys = try RegistryKeys(
            parsing: Kit.read("trusted-roots/sigstore-public-good-tuf/targets/registry.npmjs.org/keys.json"))
        #expect(keys.unusable.isEmpty)
        #expect(
            keys.keys(for: RegistryKey.attestations).count == 2 && keys.keys(for: RegistryKey.signatures).count == 2)
        #expect(Set(keys.keys.map(\.key.key.fingerprint)).count == 2 && Set(keys.keys.map(\.keyID)).count == 2)
    }

    @Test func readsTheKeysOfCloudBuild() throws {
        let root = try #require(Kit.root).appendingPathComponent("slsa-verifier/gcb-keys")
        var names: Set<ExactString> = []
        for file in try FileManager.default.contentsOfDirectory(atPath: root.path) {
            let name = String(file.dropLast(".key".count))
            let role: CloudBuildKey? =
                switch name {
                case "global-pae", "global-pae-provenanceSigner_1": .provenanceSigner
                case "global-pae-google-hosted-worker_1": .googleHostedWorker
                default: .regional(name)
                }
            let key = try PublicKey(pem: Kit.read("slsa-verifier/gcb-keys/" + file))
            let trusted = try #require(role.flatMap { TrustedKey(key, as: $0) }, "\(file)")
            #expect(trusted.insecureSignsPayloadAlone != name.hasPrefix("global-pae"))
            names.formUnion(trusted.keyIDs ?? [])
        }
        #expect(names.count == 21)
    }

    /// How many layers of a layout are signed with a certificate's key.
    private static func attestations(inLayout layout: String) throws -> Int {
        func blob(_ digest: String) throws -> [UInt8] {
            try Kit.read(layout + "/blobs/" + digest.replacing(":", with: "/"))
        }
        var count = 0
        for manifest in try Kit.json(layout + "/index.json")["manifests"]?.array.map(Array.init) ?? [] {
            let document = try JSONDocument(parsing: blob(manifest["digest"]?.string ?? ""))
            for layer in document.root["layers"]?.array.map(Array.init) ?? [] {
                guard layer["mediaType"]?.string == "application/vnd.dsse.envelope.v1+json" else { continue }
                let annotations = layer["annotations"]?.object?.keyed ?? [:]
                let item = try UnverifiedSignedItem(
                    cosignLayer: blob(layer["digest"]?.string ?? ""),
                    mediaType: UnverifiedSignedItem.envelopeMediaType,
                    annotations: Dictionary(
                        uniqueKeysWithValues: annotations.map { ($0.value, $1.string ?? "") }),
                    evidence: Digest(layer["digest"]?.string ?? ""))
                guard case .certificates = item.material else { continue }
                count += 1
            }
        }
        return count
    }
}
