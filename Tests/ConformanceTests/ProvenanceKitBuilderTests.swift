import Attestation
import Content
import Foundation
import Sigstore
import StrictEncoding
import Testing

/// slsa-verifier's sheet of options and outcomes, judged by the normal form alone: what each row's outcome says of builder
/// and source has to be what the normal form states. Nothing is verified here.
@Suite(.enabled(if: Kit.isPresent, Kit.absence))
struct ProvenanceKitBuilderTests {
    /// Rows whose outcome says otherwise than the normal form, each with its reason. One that is here and agrees fails
    /// as much as one that is not here and does not.
    static let divergences: [String: String] = Dictionary(
        uniqueKeysWithValues: ["img-002-4937", "img-002-4938", "img-002-4939", "img-002-4940"].map {
            (
                $0,
                "asks for the branch that a tag was pushed with: slsa-verifier takes it from the event, the ref is the tag"
            )
        })

    /// Rows without evidence to read.
    static let withoutEvidence = ["testdata/(none needed: mutable reference must be refused)"]

    @Test func everyRowAgreesWithTheNormalForm() throws {
        var read: [String: [Provenance]] = [:]
        var (rows, statements, absent) = (0, 0, 0)
        var counted: [String: Int] = [:]
        var diverging: Set<String> = []
        for row in try Self.rows() {
            guard !Self.withoutEvidence.contains(row.evidence) else {
                absent += 1
                continue
            }
            if read[row.evidence] == nil {
                let found = try Self.statements(at: "slsa-verifier/" + row.evidence)
                #expect(!found.isEmpty, "\(row.evidence) holds no statement")
                read[row.evidence] = try found.map { try Provenance(statement: $0) }
                statements += found.count
            }
            rows += 1
            let judged = (read[row.evidence] ?? []).map { Judgement(row, $0) }
            counted[row.outcome, default: 0] += 1
            let agrees =
                switch row.outcome {
                case "pass": judged.contains { $0.builder && $0.source && $0.tag && $0.branch }
                case "ErrorMismatchSource": judged.allSatisfy { $0.builder && !$0.source }
                case "ErrorMismatchBuilderID", "ErrorUntrustedReusableWorkflow":
                    judged.allSatisfy { !$0.builder && $0.source }
                case "ErrorMismatchTag": judged.allSatisfy { $0.builder && $0.source && !$0.tag }
                case "ErrorMismatchBranch": judged.allSatisfy { $0.builder && $0.source && !$0.branch }
                // About the form of what was asked for, or a part of a version: the rest agrees.
                case "ErrorInvalidRef", "ErrorMismatchVersionedTag": judged.contains { $0.builder && $0.source }
                default: false
                }
            if !agrees { diverging.insert(row.id) }
        }
        #expect(diverging.sorted() == Self.divergences.keys.sorted())
        #expect(rows + absent == 3_157)
        #expect(absent == 1)
        #expect(statements == 85)
        #expect(
            counted == [
                "pass": 803, "ErrorMismatchSource": 279, "ErrorMismatchBuilderID": 7,
                "ErrorUntrustedReusableWorkflow": 17,
                "ErrorMismatchTag": 235, "ErrorMismatchBranch": 93, "ErrorInvalidRef": 178,
                "ErrorMismatchVersionedTag": 1_544,
            ])
    }

    /// What slsa-github-generator promises to state beyond builder and source.
    @Test func statesTheRunTheCallerAndTheEvent() throws {
        for evidence in Set(try Self.rows().map(\.evidence)).subtracting(Self.withoutEvidence).sorted() {
            for statement in try Self.statements(at: "slsa-verifier/" + evidence) {
                let read = try Provenance(statement: statement)
                #expect(read.invocation != nil, "\(evidence)")
                #expect(read.triggerEvent != nil, "\(evidence)")
                #expect(read.sourceCommit?.utf8.count == 40, "\(evidence)")
                #expect(read.workflow?.repository == read.sourceRepository, "\(evidence)")
                #expect(read.workflow?.path?.value.hasPrefix(".github/workflows/") == true, "\(evidence)")
                #expect(read.workflow?.commit?.utf8.count == 40, "\(evidence)")
                #expect(read.workflow?.ref == read.sourceRef, "\(evidence)")
            }
        }
    }
}

extension ProvenanceKitBuilderTests {
    struct Row {
        let id: String
        let evidence: String
        /// `pass`, or slsa-verifier's error.
        let outcome: String
        let options: JSONValue

        func option(_ name: String) -> String? { options[name]?.string }
    }

    /// Whether the normal form states what an option asks for; an option that is not given is met.
    struct Judgement {
        let builder, source, tag, branch: Bool

        init(_ row: Row, _ provenance: Provenance) {
            builder = row.option("builder-id").map { Self.isBuilder($0, provenance.builder.value) } ?? true
            source =
                row.option("source-uri").map { provenance.sourceRepository == ExactString("https://" + $0) } ?? true
            tag = row.option("source-tag").map { provenance.sourceRef == ExactString("refs/tags/" + $0) } ?? true
            branch = row.option("source-branch").map { provenance.sourceRef == ExactString("refs/heads/" + $0) } ?? true
        }

        /// slsa-verifier: the name has to be the same; the ref only if it is asked for, and a tag may be named briefly.
        static func isBuilder(_ asked: String, _ found: String) -> Bool {
            let (asked, found) = (asked.split(separator: "@"), found.split(separator: "@"))
            guard asked.first == found.first, found.count == 2 else { return false }
            return asked.count == 1 || asked[1] == found[1] || "refs/tags/" + asked[1] == found[1]
        }
    }

    private static func rows() throws -> [Row] {
        let lines = String(decoding: try Kit.read("slsa-verifier/CASES.tsv"), as: UTF8.self).split(separator: "\n")
        let fields = lines.map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
        let names = try #require(fields.first)
        return try fields.dropFirst().map { fields in
            let row = Dictionary(zip(names, fields)) { first, _ in first }
            let expected = try #require(row["expected"])
            return Row(
                id: try #require(row["case_id"]), evidence: try #require(row["evidence"]),
                outcome: expected == "pass" ? expected : try #require(row["upstream_error"]),
                options: try JSONDocument(parsing: Array(try #require(row["options_json"]).utf8)).root)
        }
    }

    /// The statements in a bundle, an envelope or lines of them, in the blobs of an image layout, or in what Google Cloud
    /// describes an image with.
    private static func statements(at path: String) throws -> [Statement] {
        let root = try #require(Kit.root)
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path, isDirectory: &isDirectory)
        else { return [] }
        guard isDirectory.boolValue else { return try statements(in: try Kit.read(path)) }
        let blobs = path + "/blobs/sha256"
        return try FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent(blobs).path).sorted()
            .flatMap { try statements(in: try Kit.read(blobs + "/" + $0)) }
    }

    private static func statements(in bytes: [UInt8]) throws -> [Statement] {
        if let described = try? JSONDocument(parsing: bytes).root["provenance_summary"]?["provenance"]?.array {
            return try described.compactMap { $0["envelope"] }
                .flatMap { try statements(in: Array($0.rawBytes)) }
        }
        let file = EvidenceFile.sniff(bytes)
        guard file.form != .unrelated, file.form != .signatureFile else { return [] }
        return try file.items.compactMap { item in
            guard case .dsse(let envelope) = try item.get().content else { return nil }
            return try Statement(payloadType: envelope.payloadType, payload: envelope.payload)
        }
    }
}
