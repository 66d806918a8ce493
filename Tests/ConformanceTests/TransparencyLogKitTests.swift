import Attestation
import Content
import Findings
import Foundation
import PKI
import StrictEncoding
import Testing
import TransparencyLog

/// Merkle proofs, checkpoints, and every log entry inside the bundles of the kit.
@Suite(.enabled(if: Kit.isPresent, Kit.absence))
struct TransparencyLogKitTests {
    // MARK: Merkle

    @Test
    func decidesEveryMerkleProbe() throws {
        let rows = try Row.all("tlog/merkle/CASES.tsv")
        var counts = [false: 0, true: 0]
        for row in rows {
            let probe = try Kit.json("tlog/merkle/" + row["file"])
            let expected = row["expected"] == "pass"
            #expect(probe["wantErr"]?.bool == !expected, "\(row["file"])")
            let passes: Bool
            switch row["kind"] {
            case "inclusion": passes = try verifiesInclusion(probe)
            case "consistency": passes = try verifiesConsistency(probe)
            default:
                Issue.record("unknown kind of probe, \(row["kind"])")
                continue
            }
            #expect(passes == expected, "\(row["file"])")
            counts[expected, default: 0] += 1
        }
        #expect(rows.count == 141 && counts == [true: 8, false: 133])
    }

    private func verifiesInclusion(_ probe: JSONValue) throws -> Bool {
        // An index of -1 is a number of 64 bits without sign in these files.
        let index = try #require(probe["leafIdx"]?.numberLiteral)
        guard let index = UInt64(index), let size = probe["treeSize"]?.numberLiteral.flatMap({ UInt64($0) }) else {
            return false
        }
        let head = TreeHead(size: size, rootHash: try hash(probe["root"]))
        let leafHash = try hash(probe["leafHash"])
        let proof = try hashes(probe["proof"])
        return (try? MerkleTree.verifyInclusion(ofLeafHash: leafHash, at: index, in: head, proof: proof)) != nil
    }

    private func verifiesConsistency(_ probe: JSONValue) throws -> Bool {
        guard let older = probe["size1"]?.numberLiteral.flatMap({ UInt64($0) }),
            let newer = probe["size2"]?.numberLiteral.flatMap({ UInt64($0) })
        else { return false }
        let (from, to) = (
            TreeHead(size: older, rootHash: try hash(probe["root1"])),
            TreeHead(size: newer, rootHash: try hash(probe["root2"]))
        )
        let proof = try hashes(probe["proof"])
        return (try? MerkleTree.verifyConsistency(from: from, to: to, proof: proof)) != nil
    }

    private func hash(_ value: JSONValue?) throws -> [UInt8] {
        guard let value, !value.isNull else { return [] }
        return try value.base64Bytes()
    }

    private func hashes(_ value: JSONValue?) throws -> [[UInt8]] {
        try value?.array.map { try $0.map { try hash($0) } } ?? []
    }

    // MARK: Checkpoints

    @Test
    func decidesEveryCheckpoint() throws {
        let rows = try Row.all("tlog/checkpoints/CASES.tsv")
        for row in rows {
            let bytes = try Kit.read("tlog/checkpoints/" + row["file"])
            let parsed = try? UnverifiedCheckpoint(parsing: bytes)
            #expect((parsed != nil) == (row["expected"] == "ok"), "\(row["file"])")
        }
        #expect(rows.count == 5)
    }

    /// The same checkpoints, against the key of the public log: a valid one holds, one that shows the same key ID with
    /// another signature beside it does not.
    @Test
    func verifiesTheCheckpointOfThePublicLog() throws {
        let logs = try Bundle.logs("trusted-roots/sigstore-public-good-tuf/targets/trusted_root.json")
        let log = try #require(logs.logs.first)
        let valid = try UnverifiedCheckpoint(parsing: Kit.read("tlog/checkpoints/valid.txt"))
        let verified = try valid.verified(by: log, in: .rekor1)
        #expect(verified.head.size == 37_795_272)
        #expect(verified.extensions == ["Timestamp: 1697034484441201852"])
        #expect(throws: CheckpointError.notSignedByLog) { try valid.verified(by: log, in: .rekor2) }
        let two = try UnverifiedCheckpoint(parsing: Kit.read("tlog/checkpoints/valid_multi_sig.txt"))
        #expect(throws: CheckpointError.invalidLogSignature) { try two.verified(by: log, in: .rekor1) }
    }

    // MARK: Bundles

    /// Every bundle of the conformance suite, artifact given by digest, promise alone not enough.
    @Test
    func decidesTheEntriesOfEveryConformanceBundle() throws {
        let rows = try Row.all("sigstore-conformance/CASES.tsv")
        var refused = 0
        for row in rows where Self.notOfTheLog[row["case_id"]] == nil {
            let suite = "sigstore-conformance/"
            let bundle = try Bundle(
                Kit.json(suite + row["bundle"]), key: row["key"].isEmpty ? nil : suite + row["key"])
            let root = row["trusted_root"]
            let logs = try Bundle.logs(root.hasPrefix("../") ? String(root.dropFirst(3)) : suite + root)
            let code = codeOf { try bundle.verify(in: logs, artifact: row["artifact_digest"]) }
            #expect(code == Self.refusals[row["case_id"]], "\(row["case_id"])")
            #expect((code == nil) == (row["expected"] == "pass"), "\(row["case_id"])")
            refused += code == nil ? 0 : 1
        }
        #expect(refused == Self.refusals.count)
        #expect(rows.count == 32)
    }

    /// What is wrong with a bundle, where it is its log entry.
    private static let refusals: [String: String] = [
        "checkpoint-bad-keyhint_fail": "checkpoint.not-signed-by-log",
        "dsse-invalid-sig_fail": "log.other-signature",
        "dsse-mismatch-envelope_fail": "log.other-content",
        "dsse-mismatch-sig_fail": "log.other-signature",
        "inclusion-proof-corrupted-hash_fail": "log.invalid-inclusion-proof",
        "incorrect-public-key_fail": "log.other-key",
        "intoto-log-entry-mismatch_fail": "log.other-signature",
        "intoto-missing-inclusion-proof_fail": "log.no-inclusion-proof",
        "invalid-inclusion-proof_fail": "log.no-inclusion-proof",
        "rekor2-checkpoint-missing-root-hash_fail": "checkpoint.malformed",
        "rekor2-checkpoint-missing-size_fail": "checkpoint.malformed",
        "rekor2-checkpoint-no-matching-signature_fail": "log.unknown-log",
        "rekor2-dsse-invalid-sig_fail": "log.other-signature",
        "rekor2-dsse-mismatch-envelope_fail": "log.other-content",
        "rekor2-dsse-mismatch-sig_fail": "log.other-signature",
        "rekor2-no-inclusion-proof_fail": "log.no-inclusion-proof",
        "rekor2-no-timestamp_fail": "log.no-verified-time",
        "wrong-hashedrekord-cert-and-sig_fail": "log.other-signature",
        "wrong-hashedrekord-entry_fail": "log.other-content",
        "wrong-material_fail": "log.other-content",
    ]

    /// Cases whose entry is sound, or cannot be asked.
    private static let notOfTheLog: [String: String] = [
        "bundle-empty-certificate-chain_fail": "there is nothing to compare the entry's key with",
        "bundle-invalid-base64-signature_fail": "there is no signature",
        "integrated-time-in-future_fail": "the certificate was not valid at the time that the log states",
        "intoto-expired-certificate_fail": "the certificate was not valid under its authority",
        "managed-key-no-key_fail": "no key is given",
        "managed-key-wrong-key_fail": "the key that is given is none",
        "rekor2-timestamp-outside-trust-root-tsa-validity_fail": "the timestamp does not count",
        "rekor2-timestamp-payload-mismatch_fail": "the timestamp does not count",
    ]

    /// The other bundles, against the root that knows their log. A promise alone is enough in the rows of sigstore-js,
    /// and in one without a proof that a project published.
    @Test
    func decidesTheEntriesOfEveryBundle() throws {
        let roots = (
            prod: try Bundle.logs("trusted-roots/sigstore-public-good-tuf/targets/trusted_root.json"),
            staging: try Bundle.logs("trusted-roots/staging.trusted_root.json")
        )
        var verified = 0
        let rows = try Row.all("bundles/CASES.tsv")
        for row in rows {
            let file = row["file"]
            // No key comes with it.
            if file.hasSuffix("V1.MESSAGE_SIGNATURE.WITH_PUBLIC_KEY.sigstore.json") { continue }
            let bundle = try Bundle(Kit.json(file))
            if bundle.entries.isEmpty { continue }
            let promise = file.contains("/sigstore-js/") || file.contains("/ampel/")
            let outcomes = [roots.prod, roots.staging].map { logs in
                codeOf { try bundle.verify(in: logs, artifact: nil, promise: promise) }
            }
            let name = file.split(separator: "/").last.map(String.init) ?? ""
            if let expected = Self.bundleRefusals[name] {
                #expect(outcomes.contains(expected) && !outcomes.contains(nil), "\(file): \(outcomes)")
            } else {
                #expect(
                    outcomes.count { $0 == nil } == 1 && outcomes.contains("log.unknown-log"), "\(file): \(outcomes)")
                verified += 1
            }
        }
        #expect(rows.count == 27 && verified == 18)
    }

    private static let bundleRefusals: [String: String] = [
        // The envelope was changed.
        "client-invalid.v1.dsse.invalidBadSignature.sigstore.json": "log.other-content",
        // No client accepts this kind.
        "verify-bundles.V3.DSSE.WITH_SIGNING_CERT.TLOG_DSSEV002.sigstore.json": "log.unsupported-kind",
        // A fixture whose entry is of another certificate.
        "verify-bundles.V3.MESSAGE_SIGNATURE.TLOG_HASHEDREKORDV002.sigstore.json": "log.other-key",
        "bundle_no_checkpoint.txt.sigstore": "log.no-inclusion-proof",
        "bundle_v3_no_signed_time.txt.sigstore.json": "log.no-verified-time",
        "Python-3.12.5.tgz.sigstore": "log.no-inclusion-proof",
    ]

    @Test
    func verifiesTheEntryOfEveryCPythonRelease() throws {
        let logs = try Bundle.logs("trusted-roots/sigstore-public-good-tuf/targets/trusted_root.json")
        let rows = try Row.all("bundles/cpython/CASES.tsv")
        for row in rows {
            let bundle = try Bundle(Kit.json("bundles/" + row["bundle"]))
            let code = codeOf { try bundle.verify(in: logs, artifact: row["artifact_digest"]) }
            #expect(code == nil, "\(row["bundle"])")
            let other = "sha256:" + String(row["artifact_digest"].dropFirst(7).reversed())
            #expect(codeOf { try bundle.verify(in: logs, artifact: other) } == "log.other-content")
        }
        #expect(rows.count == 61)
    }

    /// Bundles of builders and of npm, most of them with entries of kind `intoto`; one has a promise and no proof.
    @Test
    func verifiesTheEntriesOfSLSABundles() throws {
        let logs = try Bundle.logs("trusted-roots/sigstore-public-good-tuf/targets/trusted_root.json")
        var (count, proven) = (0, 0)
        for path in try Kit.files("slsa-verifier/testdata") {
            let bytes = try Kit.read(path)
            guard bytes.count < 1_000_000, let value = try? JSONDocument(parsing: bytes).root,
                value["verificationMaterial"]?["tlogEntries"] != nil
            else { continue }
            let code = codeOf { try Bundle(value).verify(in: logs, artifact: nil, promise: true) }
            #expect(code == nil, "\(path)")
            proven += codeOf { try Bundle(value).verify(in: logs, artifact: nil) } == nil ? 1 : 0
            count += 1
        }
        #expect(count == 33 && proven == 32)
    }

    /// What cosign attaches to an image: the envelope as it was uploaded, and the promise as an annotation.
    @Test
    func verifiesThePromisesOfCosignAttestations() throws {
        let logs = try Bundle.logs("trusted-roots/sigstore-public-good-tuf/targets/trusted_root.json")
        var kinds: [LogEntryKind: Int] = [:]
        for path in try Kit.files("slsa-verifier/testdata") where path.contains("/blobs/sha256/") {
            let bytes = try Kit.read(path)
            guard bytes.count < 1_000_000, let layers = try? JSONDocument(parsing: bytes).root["layers"]?.array else {
                continue
            }
            for layer in layers {
                guard let annotations = layer["annotations"],
                    let text = annotations["dev.sigstore.cosign/bundle"]?.utf8,
                    let digest = layer["digest"]?.string
                else { continue }
                let folder = path.split(separator: "/").dropLast().joined(separator: "/")
                let uploaded = try Kit.read(folder + "/" + digest.dropFirst("sha256:".utf8.count))
                let certificate = try #require(annotations["dev.sigstore.cosign/certificate"]?.utf8)
                let entry = try UnverifiedLogEntry(cosign: JSONDocument(parsing: text).root)
                let envelope = try UnverifiedEnvelope(parsing: uploaded)
                for (received, expected) in [(uploaded, nil), (uploaded + [0x0A], "log.other-content")] {
                    let item = LoggedItem(
                        envelope: envelope, received: received,
                        signature: try #require(envelope.signatures.first).bytes,
                        material: .certificate(try #require(PEMBlock.parseAll(certificate, limit: 1).first).bytes))
                    let code = codeOf {
                        [
                            try VerifiedLogEntry(
                                entry, for: item, in: logs, at: [],
                                requiring: LogProofRequirement(insecureAcceptsPromiseAlone: true))
                        ]
                    }
                    // Entries of kind `dsse` hold the signature itself; the envelope's own bytes do not matter there.
                    #expect(code == (entry.kind == "dsse" ? nil : expected), "\(path)")
                }
                kinds[try LogEntryKind(kind: entry.kind, version: entry.version), default: 0] += 1
            }
        }
        #expect(kinds == [.intoto001: 1, .dsse001: 2])
    }

    /// Bits of real entries, flipped at a stride that visits every part: refused, or the same facts.
    @Test(arguments: [
        ("sigstore-conformance/bundle-verify/rekor2-checkpoint-cosigned/", "bundle.sigstore.json", "trusted_root.json"),
        (
            "sigstore-conformance/bundle-verify/intoto-with-custom-trust-root/", "bundle.sigstore.json",
            "trusted_root.json"
        ),
        ("", "bundles/sigstore-rs/bundle_v03.json", "trusted-roots/sigstore-public-good-tuf/targets/trusted_root.json"),
        (
            "", "sigstore-conformance/bundle-verify/trust-root-tlog-validity-end-inclusive/bundle.sigstore.json",
            "trusted-roots/sigstore-public-good-tuf/targets/trusted_root.json"
        ),
    ])
    func refusesFlippedBitsOfRealEntries(_ folder: String, _ file: String, _ root: String) throws {
        let sound = try Bundle(Kit.json(folder + file))
        let logs = try Bundle.logs(folder + root)
        let facts = try #require(try sound.verify(in: logs, artifact: nil).first)
        let parts: [WritableKeyPath<UnverifiedLogEntry, [UInt8]?>] = [
            \.bodyPart, \.inclusionPromise, \.checkpointPart, \.rootHashPart, \.firstHashPart,
        ]
        var (flipped, unchanged) = (0, 0)
        for part in parts {
            let count = sound.entries[0][keyPath: part]?.count ?? 0
            for bit in stride(from: 0, to: count * 8, by: count > 1_000 ? 211 : 13) {
                var bundle = sound
                bundle.entries[0][keyPath: part]?[bit / 8] ^= 1 << (bit % 8)
                flipped += 1
                guard let verified = try? bundle.verify(in: logs, artifact: nil).first else { continue }
                unchanged += 1
                #expect(verified.log == facts.log && verified.kind == facts.kind)
                #expect(verified.time?.time == facts.time?.time)
                #expect(verified.inclusion?.checkpoint.head == facts.inclusion?.checkpoint.head)
            }
        }
        // A key's name in a signature line of Rekor 1, and the lines of others, are not signed.
        #expect(flipped > 300 && unchanged < 60)
    }

    /// The reason for which entries are refused; nil if there are some, and all hold.
    private func codeOf(_ body: () throws -> [VerifiedLogEntry]) -> String? {
        do {
            return try body().isEmpty ? "no entry" : nil
        } catch let error as LogEntryError {
            return error.code.name
        } catch {
            return "\(error)"
        }
    }
}

/// The parts of a Sigstore bundle that its log entries speak of.
private struct Bundle {
    var entries: [UnverifiedLogEntry]
    var times: [Instant]
    /// Nil where a bundle lacks what an entry is compared with.
    var item: (_ artifact: String?) throws -> LoggedItem

    init(_ value: JSONValue, key: String? = nil) throws {
        let material = try #require(value["verificationMaterial"])
        entries = try material["tlogEntries"]?.array?.map { try UnverifiedLogEntry(bundle: $0) } ?? []
        times =
            try material["timestampVerificationData"]?["rfc3161Timestamps"]?.array?.map {
                try Self.genTime(try #require($0["signedTimestamp"]).base64Bytes())
            } ?? []
        let signer = try Self.material(material, key: key)
        if let dsse = value["dsseEnvelope"] {
            let envelope = try UnverifiedEnvelope(dsse)
            let signature = try #require(envelope.signatures.first).bytes
            item = { _ in LoggedItem(envelope: envelope, signature: signature, material: signer) }
        } else {
            let message = try #require(value["messageSignature"])
            let signature = try #require(message["signature"]).base64Bytes()
            let stated = try #require(message["messageDigest"]?["digest"]).base64Bytes()
            item = { artifact in
                let hash = try artifact.map { LoggedHash(try Digest($0)) } ?? LoggedHash(.sha256, stated)
                return LoggedItem(hashes: [try #require(hash)], signature: signature, material: signer)
            }
        }
    }

    func verify(
        in logs: TrustedLogs, artifact: String?, promise: Bool = false
    ) throws -> [VerifiedLogEntry] {
        let item = try item(artifact)
        let requirement = LogProofRequirement(insecureAcceptsPromiseAlone: promise)
        return try entries.map {
            try VerifiedLogEntry($0, for: item, in: logs, at: times, requiring: requirement)
        }
    }

    private static func material(_ value: JSONValue, key: String?) throws -> LoggedItem.Material {
        if let certificate = value["certificate"] {
            return .certificate(try #require(certificate["rawBytes"]).base64Bytes())
        }
        if let chain = value["x509CertificateChain"] {
            return .certificate(try #require(chain["certificates"]?.array?.first?["rawBytes"]).base64Bytes())
        }
        return .publicKey(try PublicKey(pem: Kit.read(#require(key))).subjectPublicKeyInfo)
    }

    /// The first `GeneralizedTime` of a time-stamp token, which is its `genTime`. The token is not verified here.
    private static func genTime(_ token: [UInt8]) throws -> Instant {
        let start = try #require(token.indices.first { token[$0...].starts(with: [0x18, 0x0F]) })
        let text = String(decoding: token[(start + 2)..<(start + 17)], as: UTF8.self)
        let match = try #require(text.wholeMatch(of: /(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z/))
        return try #require(
            Instant(rfc3339: "\(match.1)-\(match.2)-\(match.3)T\(match.4):\(match.5):\(match.6)Z"))
    }

    /// The member `tlogs` of a trusted root.
    static func logs(_ path: String) throws -> TrustedLogs {
        let entries = try #require(try Kit.json(path)["tlogs"]?.array)
        return TrustedLogs(
            try entries.map { entry in
                let key = try #require(entry["publicKey"])
                let validity = key["validFor"]
                return try TrustedLog(
                    baseURL: #require(entry["baseUrl"]?.string),
                    hashAlgorithm: #require(entry["hashAlgorithm"]?.string),
                    publicKey: PublicKey(subjectPublicKeyInfo: #require(key["rawBytes"]).base64Bytes()),
                    logID: entry["logId"]?["keyId"]?.base64Bytes(),
                    checkpointKeyID: entry["checkpointKeyId"]?["keyId"]?.base64Bytes(),
                    start: validity?["start"]?.string.flatMap { Instant(rfc3339: $0) },
                    end: validity?["end"]?.string.flatMap { Instant(rfc3339: $0) })
            })
    }
}

extension UnverifiedLogEntry {
    /// `TransparencyLogEntry` in the JSON of protobuf, where 64-bit numbers are strings and zeros are left out.
    fileprivate init(bundle value: JSONValue) throws {
        func number(_ value: JSONValue?) throws -> Int64 {
            guard let value, !value.isNull else { return 0 }
            return try #require(Int64(value.string ?? value.numberLiteral ?? ""))
        }
        var proof: InclusionProof?
        if let stated = value["inclusionProof"], !stated.isNull {
            proof = InclusionProof(
                logIndex: try number(stated["logIndex"]), rootHash: try stated["rootHash"]?.base64Bytes() ?? [],
                treeSize: try number(stated["treeSize"]),
                hashes: try stated["hashes"]?.array?.map { try $0.base64Bytes() } ?? [],
                checkpoint: stated["checkpoint"]?["envelope"]?.utf8)
        }
        self.init(
            logIndex: try number(value["logIndex"]), logID: try value["logId"]?["keyId"]?.base64Bytes() ?? [],
            kind: value["kindVersion"]?["kind"]?.exact ?? "", version: value["kindVersion"]?["version"]?.exact ?? "",
            integratedTime: try number(value["integratedTime"]),
            inclusionPromise: try value["inclusionPromise"]?["signedEntryTimestamp"]?.base64Bytes(),
            inclusionProof: proof, canonicalizedBody: try value["canonicalizedBody"]?.base64Bytes() ?? [])
    }
}

extension UnverifiedLogEntry {
    fileprivate var bodyPart: [UInt8]? {
        get { canonicalizedBody }
        set { canonicalizedBody = newValue ?? [] }
    }
    fileprivate var checkpointPart: [UInt8]? {
        get { inclusionProof?.checkpoint }
        set { inclusionProof?.checkpoint = newValue }
    }
    fileprivate var rootHashPart: [UInt8]? {
        get { inclusionProof?.rootHash }
        set { inclusionProof?.rootHash = newValue ?? [] }
    }
    /// Of the proof; there is none in a tree of one leaf.
    fileprivate var firstHashPart: [UInt8]? {
        get { inclusionProof?.hashes.first }
        set {
            guard let newValue, inclusionProof?.hashes.isEmpty == false else { return }
            inclusionProof?.hashes[0] = newValue
        }
    }

    /// cosign's annotation `dev.sigstore.cosign/bundle`.
    fileprivate init(cosign value: JSONValue) throws {
        let payload = try #require(value["Payload"])
        let body = try #require(payload["body"]).base64Bytes()
        let stated = try JSONDocument(parsing: body).root
        self.init(
            logIndex: Int64(try #require(payload["logIndex"]?.int)),
            logID: try Hex.decode(#require(payload["logID"]?.string)),
            kind: try #require(stated["kind"]?.exact), version: try #require(stated["apiVersion"]?.exact),
            integratedTime: Int64(try #require(payload["integratedTime"]?.int)),
            inclusionPromise: try #require(value["SignedEntryTimestamp"]).base64Bytes(), canonicalizedBody: body)
    }
}

extension Kit {
    /// Every file below a folder of the kit, sorted.
    fileprivate static func files(_ folder: String) throws -> [String] {
        let place = try #require(root).appendingPathComponent(folder)
        let found = FileManager.default.enumerator(atPath: place.path)?.compactMap { $0 as? String } ?? []
        return found.sorted().filter { name in
            var isFolder: ObjCBool = false
            let full = place.appendingPathComponent(name).path
            return FileManager.default.fileExists(atPath: full, isDirectory: &isFolder) && !isFolder.boolValue
        }.map { folder + "/" + $0 }
    }
}

/// A line of a tab-separated sheet, by the names of its first line.
private struct Row {
    private let cells: [String: String]

    /// Empty where the line has no such cell.
    subscript(_ name: String) -> String { cells[name] ?? "" }

    static func all(_ path: String) throws -> [Row] {
        let lines = String(decoding: try Kit.read(path), as: UTF8.self).split(separator: "\n")
        let names = try #require(lines.first).split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        return lines.dropFirst().map { line in
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return Row(cells: Dictionary(zip(names, cells)) { first, _ in first })
        }
    }
}
