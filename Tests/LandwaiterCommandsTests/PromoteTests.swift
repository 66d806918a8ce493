import ArgumentParser
import Foundation
import Landwaiter
import Testing

@testable import LandwaiterCommands

@Suite struct PromoteTests {
    private static let options = [
        "--policy", Repository.path("testdata/policies/signed.yaml"), "--namespace", "apps", "--as",
        "registry.example/apps/ledger:v1", "--quiet",
    ]

    private static func promote(_ source: String, _ destination: String, _ more: String...) async throws -> Int32 {
        try await status(["promote", source, destination] + options + more)
    }

    private static func image(_ item: String) -> String {
        // What cosign saves has no tag.
        "oci:" + Repository.path("testdata/\(item)/image") + (item == "evidence/cosign-save" ? "" : ":v1")
    }

    private static func verdict(_ image: String, _ more: String...) async throws -> AdmissionRecord {
        try await VerifyCommand.decide([image] + options.filter { $0 != "--quiet" } + more)
    }

    private static func files(_ directory: String) throws -> Set<String> {
        Set(try FileManager.default.subpathsOfDirectory(atPath: directory))
    }

    // MARK: What is promoted

    @Test(arguments: [
        "evidence/cosign-signature-tag", "evidence/cosign-two-signers", "evidence/cosign-save", "evidence/fallback-tag",
        "evidence/referrer-bundle", "evidence/referrer-dsse-layer", "evidence/mentioned-wrongly",
    ])
    func evidenceOfEveryFormIsFoundAtTheDestination(_ item: String) async throws {
        let place = try Place()
        let source = Self.image(item)
        let before = try await Self.verdict(source)
        try #require(before.verdict == .admit)
        #expect(try await Self.promote(source, "oci:\(place.path("release")):v2") == 0)
        let after = try await Self.verdict("oci:\(place.path("release")):v2")
        #expect(after.verdict == .admit && after.imageDigest == before.imageDigest)
        #expect(after.verified.map(\.evidence) == before.verified.map(\.evidence))
    }

    @Test func everyPlatformComesAlong() async throws {
        let place = try Place()
        let finance =
            [
                "--as", "registry.example/finance/ledger:v1.4.0", "--namespace", "finance", "--policy",
                Repository.path("policies/finance"), "--base", "oci:" + Repository.path("testdata/bases/debian:v12"),
            ] + Repository.trust("finance/admitted")
        let source = Self.image("finance/admitted")
        let destination = "oci:\(place.path("release")):v1"
        #expect(try await status(["promote", source, destination, "--quiet"] + finance) == 0)
        #expect(try await status(["verify", destination] + finance) == 0)
        let original = try Self.files(Repository.path("testdata/finance/admitted/image"))
        #expect(original.subtracting(try Self.files(place.path("release"))).isEmpty, "every blob is there")
    }

    @Test func nothingIsWrittenUnlessAdmitted() async throws {
        let place = try Place()
        for (item, expected) in [("signature/none_fail", Int32(1)), ("image/missing-tag_fail", 2)] {
            #expect(try await Self.promote(Self.image(item), "oci:\(place.path("release")):v1") == expected)
            #expect(!FileManager.default.fileExists(atPath: place.path("release")))
        }
    }

    /// What a stage lets pass is no admit.
    @Test func stagesPromoteNothing() async throws {
        let place = try Place()
        let text = try String(contentsOf: Repository.url("testdata/policies/signed.yaml"), encoding: .utf8)
        let policy = try place.write(text.replacing("stage: enforce", with: "stage: observe"), to: "policy.yaml")
        let keys = place.path("keys")
        try FileManager.default.copyItem(at: Repository.url("testdata/policies/keys"), to: URL(fileURLWithPath: keys))
        let destination = "oci:\(place.path("release")):v1"
        let status = try await status([
            "promote", Self.image("signature/none_fail"), destination, "--policy", policy, "--namespace", "apps",
            "--as",
            "registry.example/apps/ledger:v1",
        ])
        #expect(status == 1 && !FileManager.default.fileExists(atPath: place.path("release")))
    }

    @Test func hypotheticalDecisionsPromoteNothing() async throws {
        let place = try Place()
        let destination = "oci:\(place.path("release")):v1"
        #expect(
            try await Self.promote(Self.image("evidence/referrer-bundle"), destination, "--at", "2026-11-20T12:00:00Z")
                == 64)
        // Nor does a library user get anything to promote.
        let request = try VerifyCommand.parse(
            [Self.image("evidence/referrer-bundle")] + Self.options + ["--at", "2026-11-20T12:00:00Z"])
        let (pipeline, question) = try await request.decision.prepared(for: request.subject)
        let (record, admitted) = await pipeline.admit(question)
        #expect(record.verdict == .admit && record.request.hypothetical && admitted == nil)
        #expect(!FileManager.default.fileExists(atPath: place.path("release")))
    }

    /// The tag that was judged moves to another image before the copy begins.
    @Test func whatWasJudgedIsWhatIsCopied() async throws {
        let place = try Place()
        let source = try place.copy("evidence/referrer-bundle")
        let command = try VerifyCommand.parse([source] + Self.options)
        let (pipeline, request) = try await command.decision.prepared(for: command.subject)
        let (record, admitted) = await pipeline.admit(request)
        let image = try #require(admitted)
        let layout = OCILayout(path: place.path("image"))
        let other = VerifiedContent(
            namedByOwnDigest: ImageManifest.imageBytes(config: .emptyValue, layers: []))
        try await layout.putManifest(other, mediaType: .ociManifest, tag: "v1")
        let sink = try OCILayout.create(at: place.path("release"))
        var copy = ImageCopy(
            image, to: sink, limits: ContentLimits(), jobs: 1, progress: CopyProgress(isShown: false))
        try await copy.run(tag: "v1")
        #expect(try await sink.tagged("v1", limits: ContentLimits())?.content.digest == record.imageDigest)
    }

    // MARK: Going on, and adding

    @Test func whatIsThereIsNotSentAgain() async throws {
        let place = try Place()
        let destination = "oci:\(place.path("release")):v1"
        let image = try #require(try await Self.admitted("evidence/referrer-bundle"))
        let sink = try OCILayout.create(at: place.path("release"))
        func copied() async throws -> ImageCopy.Summary {
            var copy = ImageCopy(
                image, to: sink, limits: ContentLimits(), jobs: 4, progress: CopyProgress(isShown: false))
            try await copy.run(tag: "v1")
            return copy.summary
        }
        let first = try await copied()
        #expect(first.sent > 0 && first.skipped == 0 && first.papers == 1)
        let second = try await copied()
        #expect(second.sent == 0 && second.skipped == first.sent)
        // A blob that was cut short is sent again.
        let blobs = place.path("release/blobs/sha256")
        let layer = try #require(
            try FileManager.default.contentsOfDirectory(atPath: blobs).max {
                try size("\(blobs)/\($0)") < size("\(blobs)/\($1)")
            })
        let whole = try Data(contentsOf: URL(fileURLWithPath: "\(blobs)/\(layer)"))
        try whole.dropLast().write(to: URL(fileURLWithPath: "\(blobs)/\(layer)"))
        let third = try await copied()
        #expect(third.sent <= 1)
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(blobs)/\(layer)")) == whole)
        #expect(try await Self.verdict(destination).verdict == .admit)
    }

    private func size(_ path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }

    private static func admitted(_ item: String) async throws -> AdmittedImage? {
        let command = try VerifyCommand.parse([image(item)] + options)
        let (pipeline, request) = try await command.decision.prepared(for: command.subject)
        return await pipeline.admit(request).admitted
    }

    /// Signatures that were added at the destination stay there.
    @Test func layersOfCosignTagsAreJoined() async throws {
        let place = try Place()
        let destination = "oci:\(place.path("release")):v1"
        #expect(try await Self.promote(Self.image("evidence/cosign-signature-tag"), destination) == 0)
        let key = place.path("other")
        #expect(try await run("key", "generate", "--insecure-no-passphrase", key) == 0)
        #expect(
            try await run(
                "sign", destination, "--key", key + ".key", "--format", "cosign-tag", "--as",
                "registry.example/apps/ledger:v1") == 0)
        #expect(try await run("verify", destination, "--key", key + ".pub") == 0)
        #expect(try await Self.promote(Self.image("evidence/cosign-signature-tag"), destination) == 0)
        #expect(try await run("verify", destination, "--key", key + ".pub") == 0, "the other signature is still there")
        #expect(try await Self.verdict(destination).verdict == .admit)
    }

    @Test func junkAmongThePapersKeepsNothingBack() async throws {
        let place = try Place()
        let source = try place.copy("evidence/referrer-bundle")
        let layout = OCILayout(path: place.path("image"))
        let digest = try #require(try await Self.verdict(source).imageDigest)
        // One whose layer is not there, and one that the list of referrers names falsely.
        let gone = Descriptor(mediaType: "text/plain", digest: Digest(of: [1]), size: 1)
        let top = try #require(try await layout.tagged("v1", limits: ContentLimits())).descriptor
        let broken = VerifiedContent(
            namedByOwnDigest: ImageManifest.artifactBytes(artifactType: "text/plain", layers: [gone], subject: top))
        try await layout.put(.emptyValue)
        try await layout.putReferrer(broken, mediaType: .ociManifest, subject: digest)
        let stranger = VerifiedContent(
            namedByOwnDigest: ImageManifest.artifactBytes(artifactType: "text/plain", layers: [.emptyValue]))
        try await layout.put(stranger)
        let tag = digest.referrersTag
        let list = try #require(try await layout.tagged(tag, limits: ContentLimits()))
        guard case .index(let index) = try ImageDocument(parsing: list.content, declared: nil) else { return }
        let longer = ImageIndex.indexBytes(
            manifests: index.manifests + [Descriptor(of: stranger, mediaType: .ociManifest)])
        try await layout.putManifest(
            VerifiedContent(namedByOwnDigest: longer), mediaType: .ociIndex, tag: tag)

        let command = try VerifyCommand.parse([source] + Self.options)
        let (pipeline, request) = try await command.decision.prepared(for: command.subject)
        let admitted = await pipeline.admit(request).admitted
        var copy = ImageCopy(
            try #require(admitted), to: try OCILayout.create(at: place.path("release")), limits: ContentLimits(),
            jobs: 2, progress: CopyProgress(isShown: false))
        try await copy.run(tag: "v1")
        #expect(copy.summary.papers == 1 && copy.summary.leftBehind == 2)
        #expect(try await Self.verdict("oci:\(place.path("release")):v1").verdict == .admit)
    }

    /// A copy that is refused leaves no name behind.
    @Test func whatCannotBeCopiedGetsNoTag() async throws {
        let place = try Place()
        let source = try place.copy("evidence/referrer-bundle")
        let command = try VerifyCommand.parse([source] + Self.options)
        let (pipeline, request) = try await command.decision.prepared(for: command.subject)
        let image = try #require(await pipeline.admit(request).admitted)
        // A layer disappears between the decision and the copy: no rule reads layers.
        guard case .index(let index) = image.document, let first = index.manifests.first,
            case .manifest(let manifest) = try ImageDocument(
                parsing: try await image.source.fetch(first, limit: 1 << 20), declared: nil),
            let layer = manifest.layers.first
        else { throw CommandFailure.badData("expected an index of manifests with layers") }
        try FileManager.default.removeItem(atPath: place.path("image/blobs/sha256/\(layer.digest.hex)"))
        let destination = "oci:\(place.path("release")):v1"
        #expect(try await Self.promote(source, destination) == 2)
        let sink = OCILayout(path: place.path("release"))
        #expect(try await sink.tagged("v1", limits: ContentLimits()) == nil)
        #expect(try await run("inspect", destination) == 2)
    }

    @Test func aTagMovesToTheNewImage() async throws {
        let place = try Place()
        let sink = try OCILayout.create(at: place.path("release"))
        let older = VerifiedContent(namedByOwnDigest: ImageManifest.imageBytes(config: .emptyValue, layers: []))
        try await sink.putManifest(older, mediaType: .ociManifest, tag: "v1")
        #expect(try await Self.promote(Self.image("evidence/referrer-bundle"), "oci:\(place.path("release")):v1") == 0)
        let record = try await Self.verdict("oci:\(place.path("release")):v1")
        #expect(record.verdict == .admit && record.imageDigest != older.digest)
    }

    // MARK: Destinations

    @Test func destinationsAreChecked() async throws {
        let place = try Place()
        let source = Self.image("evidence/referrer-bundle")
        let digest = String(repeating: "0", count: 64)
        for destination in [
            "ostree:release", "UPPER/case:v1", "dir:\(place.path("a"))", "oci-archive:\(place.path("a.tar"))",
            "oci:\(place.path("a"))@sha256:\(digest)",
            "oci:\(place.path("a")):sha256-\(digest).sig", "oci:\(place.path("a")):sha256-\(digest)",
            "oci:\(place.path("a")):no tag",
        ] {
            #expect(try await Self.promote(source, destination) == 64, "\(destination)")
        }
        #expect(try Self.files(place.url.path).isEmpty)
        #expect(try await Self.promote(source, "oci:\(place.path("release"))") == 0, "the source's tag is kept")
        #expect(try await Self.verdict("oci:\(place.path("release")):v1").verdict == .admit)
        _ = try place.write("x", to: "full/file")
        #expect(try await Self.promote(source, "oci:\(place.path("full")):v1") == 65)
        #expect(try await Self.promote(source, "oci:\(place.path("release")):v1", "--jobs", "0") == 64)
    }

    @Test func reportsAreWrittenBesides() async throws {
        let place = try Place()
        let source = Self.image("evidence/referrer-bundle")
        let file = place.path("out.json")
        #expect(
            try await Self.promote(source, "oci:\(place.path("release")):v1", "--output", "json=\(file)") == 0)
        let record = try JSONDocument(parsing: Array(try Data(contentsOf: URL(fileURLWithPath: file))))
        #expect(record.root["verdict"]?.string == "admit" && record.root["hypothetical"]?.bool == false)
    }
}
