import Foundation
import Landwaiter
import Testing

@testable import LandwaiterCommands

/// containers/image's own `dir:` images with cosign signatures, and what its policies make of them.
@Suite(.enabled(if: Kit.isPresent, Kit.absence))
struct ContainersImageTests {
    /// The rows that keys alone decide: which key, how the name is compared, and the reason that has to come out.
    static let keyed: [String: (reference: String, code: ReasonCode)] = [
        // "no manifest": there is no image to judge.
        "ci-24": ("exact", .imageNotFound),
        "ci-27": ("exact", .signatureReferenceDiffers),
        "ci-28": ("exact", .signatureReferenceDiffers),
        // The policy's `exactReference` is the name that the caller states.
        "ci-29": ("exact", .signatureReferenceDiffers),
    ]
    /// OpenPGP simple signing is recognised and refused, whatever containers/image makes of it.
    static let openPGP = ["ci-32", "ci-38", "ci-39", "ci-40", "ci-41", "ci-42", "ci-44"]
    /// A log promise or a certificate is asked for: keyless verification is not there yet. None of them is scored.
    static let keyless = [
        "ci-02", "ci-03", "ci-06", "ci-07", "ci-09", "ci-10", "ci-12", "ci-13", "ci-14", "ci-15",
    ]

    struct Row: Sendable, CustomTestStringConvertible {
        let id, input, reference, policy, expected: String
        var testDescription: String { id }

        static let all: [Row] = {
            guard let bytes = try? Kit.read("oci/CASES-containers-image-signatures.tsv") else { return [] }
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst().map { line in
                let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
                return Row(
                    id: fields[0], input: fields[1], reference: fields[2], policy: fields[3], expected: fields[4])
            }
        }()
    }

    @Test func everyRowHasItsPlace() {
        let known = Set(Self.keyed.keys).union(Self.openPGP).union(Self.keyless)
        #expect(Set(Row.all.map(\.id)).subtracting(known).isEmpty)
        #expect(Set(Self.keyed.keys).isSubset(of: Row.all.map(\.id)))
    }

    @Test(arguments: Row.all.filter { keyed[$0.id] != nil })
    func keyedRowComesOutAsInContainersImage(_ row: Row) async throws {
        let (reference, code) = try #require(Self.keyed[row.id])
        #expect(row.expected == "fail")
        let stated = row.id == "ci-29" ? "docker.io/this/does-not:match" : row.reference
        let record = try await decide(row.input, key: "cosign.pub", reference: reference, as: stated)
        #expect(record.verdict != .admit)
        #expect(record.headline?.code == code)
    }

    /// The same images where nothing is asked that they don't fulfil: the refusals above are for their own reason.
    @Test(arguments: [
        ("dir-img-cosign-valid", "192.168.64.2:5000/cosign-signed-single-sample:any", "repository"),
        ("dir-img-cosign-valid-with-tag", "192.168.64.2:5000/skopeo-signed:tag", "exact"),
    ])
    func isAdmittedUnderTheNameThatWasSigned(image: String, name: String, reference: String) async throws {
        let record = try await decide(
            "containers-image/signature/" + image, key: "cosign.pub", reference: reference, as: name)
        #expect(record.verdict == .admit)
        let other = try await decide(
            "containers-image/signature/" + image, key: "some-rsa-key.pub", reference: reference, as: name)
        #expect(other.verdict == .reject)
        #expect(other.refused.map(\.finding.code) == [.signatureNoKeyMatches])
    }

    @Test(arguments: Row.all.filter { openPGP.contains($0.id) })
    func openPGPIsRefusedWithItsCode(_ row: Row) async throws {
        if row.input.contains("dir-img") {
            let record = try await decide(row.input, key: "cosign.pub", reference: nil, as: row.reference)
            #expect(record.verdict == .reject)
            // The image of ci-32 is Docker's schema 1, which is refused before its signatures are looked at.
            #expect(
                row.id == "ci-32"
                    ? record.headline?.code == .imageSchema1
                    : Set(record.refused.map(\.finding.code)) == [.simpleSigningOpenPGP])
        } else {
            let bytes = try Kit.read("oci/" + row.input)
            #expect(throws: SignedItemError.self) { try UnverifiedSignedItem(signatureFile: bytes) }
        }
    }

    private func decide(
        _ image: String, key: String, reference: String?, as name: String
    ) async throws -> AdmissionRecord {
        let key = try Kit.read("oci/containers-image/signature/" + key)
        let policy = """
            apiVersion: landwaiter.dev/v1
            kind: AdmissionPolicy
            metadata: {name: signed, owner: tests}
            spec:
              enforcement: {stage: enforce}
              scope: {namespaces: ["**"], images: ["**"]}
              signers:
                signer: {key: {file: key.pub}\(reference.map { ", reference: " + $0 } ?? "")}
              require:
                - {id: signed, on: image, signature: {by: {atLeast: 1, of: [signer]}}}
            """
        let policies = try PolicySet.load([
            PolicySource(name: "kit", files: [PolicyFile(path: "policy.yaml", bytes: Array(policy.utf8))]) { _ in
                .success(key)
            }
        ])
        let root = try #require(Kit.root)
        let source = DirImage(path: root.appendingPathComponent("oci/" + image).path)
        let request = AdmissionRequest(
            image: source, statedReference: try ImageReference(parsing: name), namespace: nil,
            at: try #require(Instant(rfc3339: "2026-11-20T12:00:00Z")))
        return await AdmissionPipeline(policies: policies).decide(request)
    }
}
