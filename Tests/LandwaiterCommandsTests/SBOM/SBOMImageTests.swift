import ArgumentParser
import Foundation
import Landwaiter
import OCI
import Synchronization
import Testing

@testable import LandwaiterCommands

/// `landwaiter sbom` on images: which SBOM is shown, and what is said of its signature.
@Suite struct SBOMImageTests {
    private static func image(_ item: String) -> String { "oci:\(Repository.path("testdata/\(item)/image")):v1" }
    private static let admitted = image("sbom/admitted-cyclonedx-1.6")
    private static let pipeline = Repository.path("testdata/keys/pipeline.pub")
    private static let stranger = Repository.path("testdata/keys/stranger.pub")

    private func show(_ words: String...) async throws -> SBOMFile {
        let command = try SBOMShowCommand.parse(words)
        return try await SBOMFile.read(command.file, command.choice)
    }

    private func list(_ words: String...) async throws -> SBOMListReport {
        try await SBOMListCommand.parse(words).list()
    }

    private func text(_ write: (@escaping ([UInt8]) -> Void) -> Void) -> String {
        let written = Mutex<[UInt8]>([])
        write { piece in written.withLock { $0 += piece } }
        return written.withLock { String(decoding: $0, as: UTF8.self) }
    }

    private func json(_ text: String) throws -> JSONTree {
        try #require(JSONTree(try JSONDocument(parsing: Array(text.utf8)).root))
    }

    private func failure(_ words: String...) async throws -> CommandFailure {
        do {
            let command = try SBOMShowCommand.parse(words)
            _ = try await SBOMFile.read(command.file, command.choice)
        } catch let failure as CommandFailure { return failure }
        throw Passed()
    }

    private struct Passed: Error {}

    // MARK: Which one

    @Test func oneOfSeveralIsNeverGuessed() async throws {
        let failure = try await failure(Self.admitted)
        #expect(failure.status == ExitStatus.usage)
        #expect(failure.lines.first?.hasSuffix("expected one SBOM, found 2") == true)
        #expect(failure.lines.filter { $0.contains("linux/a") && $0.hasPrefix("sha256:") }.count == 2)
    }

    @Test func thePlatformChooses() async throws {
        for platform in ["linux/amd64", "linux/arm64/v8"] {
            let file = try await show(Self.admitted, "--platform", platform)
            #expect(file.attachment?.platforms == [platform])
            #expect(file.inventory.summary.components == 3)
            #expect(file.form == .signed)
        }
        let other = try await failure(Self.admitted, "--platform", "linux/s390x")
        #expect(other.status == ExitStatus.usage)
        #expect(other.lines.last == "platforms: `linux/amd64`, `linux/arm64/v8`")
    }

    @Test func theSBOMOfTheIndexCoversEveryPlatform() async throws {
        let image = Self.image("sbom/on-index")
        for words in [[image], [image, "--platform", "linux/amd64"], [image, "--platform", "linux/arm64/v8"]] {
            let command = try SBOMShowCommand.parse(words)
            let file = try await SBOMFile.read(command.file, command.choice)
            #expect(file.attachment?.platforms == ["linux/amd64", "linux/arm64/v8"])
        }
    }

    @Test func formatAndEvidenceChoose() async throws {
        let listed = try await list(Self.admitted)
        let first = try #require(listed.sboms.first)
        let file = try await show(Self.admitted, "--evidence", first.evidence.description)
        #expect(file.attachment?.sbom.evidence == first.evidence)
        #expect(try await failure(Self.admitted, "--format", "spdx").status == ExitStatus.badData)
        #expect(try await failure(Self.admitted, "--evidence", "sha256:12").status == ExitStatus.usage)
        let spdx = Self.image("sbom/admitted-spdx-3.0")
        let shown = try await show(spdx, "--format", "spdx", "--platform", "linux/amd64")
        #expect(shown.inventory.summary.specVersion == "3.0.1")
    }

    @Test func anImageWithoutOneIsToldFromOneThatCannotBeRead() async throws {
        #expect(try await failure(Self.image("sbom/absent_fail")).status == ExitStatus.badData)
        #expect(try await failure("oci:\(Repository.path("testdata/absent")):v1").status == ExitStatus.undecided)
        #expect(try await run("sbom", "list", Self.image("sbom/absent_fail")) == 1)
        #expect(try await run("sbom", "list", Self.admitted) == 0)
        #expect(try await run("sbom", "list", "oci:\(Repository.path("testdata/absent")):v1") == 2)
    }

    // MARK: Signatures

    @Test func unverifiedIsSaidToBe() async throws {
        let file = try await show(Self.admitted, "--platform", "linux/amd64")
        #expect(!file.isVerified)
        let shown = text { SBOMReport(file: file).write(.text, to: $0) }
        #expect(shown.contains("nothing below was verified, nor was the signature"))
        #expect(shown.contains("signature      signature not checked: key hint "))
        let tree = try json(text { SBOMReport(file: file).write(.json, to: $0) })
        try ExplainedDecisionSchemaTests.expect(tree, "sbom-show.schema.json")
        guard case .bool(false)? = tree["verified"], case .bool(false)? = tree["attachment"]?["verified"],
            case .array(let signers)? = tree["attachment"]?["signers"]
        else { throw Passed() }
        #expect(signers.isEmpty)
    }

    @Test func aKeyVerifiesAndOthersSBOMsAreNotShown() async throws {
        let file = try await show(Self.admitted, "--platform", "linux/amd64", "--key", Self.pipeline)
        #expect(file.isVerified)
        #expect(file.attachment?.sbom.claimedSigners == [])
        let shown = text { SBOMReport(file: file).write(.text, to: $0) }
        #expect(shown.contains("the signature was checked; what it says is the signer's word, and no rule was applied"))
        #expect(shown.contains("signature      signed by key sha256:"))
        let tree = try json(text { SBOMReport(file: file).write(.json, to: $0) })
        try ExplainedDecisionSchemaTests.expect(tree, "sbom-show.schema.json")
        guard case .bool(true)? = tree["verified"] else { throw Passed() }

        let others = try await failure(Self.admitted, "--platform", "linux/amd64", "--key", Self.stranger)
        #expect(others.status == ExitStatus.badData)
        #expect(others.lines.contains { $0.contains("signature.no-key-matches") })
        #expect(try await list(Self.admitted, "--key", Self.stranger).sboms.isEmpty)
        #expect(try await run("sbom", "list", Self.admitted, "--key", Self.stranger) == 1)
    }

    @Test func aPolicyNamesWhoMaySign() async throws {
        let policy = Repository.path("policies/sbom-required")
        let listed = try await list(Self.admitted, "--policy", policy, "--namespace", "apps")
        #expect(listed.sboms.count == 2)
        #expect(listed.sboms.allSatisfy { !$0.signers.isEmpty })
        #expect(
            try await list(
                Self.image("sbom/stranger_fail"), "--policy", policy, "--namespace", "apps"
            ).sboms.isEmpty)
        #expect(try await run("sbom", "show", Self.admitted, "--policy", policy, "--key", Self.pipeline) == 64)
        #expect(try await run("sbom", "show", Self.admitted, "--namespace", "apps") == 64)
    }

    /// What nobody signed is listed as that, and a key does not make it count.
    @Test func documentsThatNobodySignedAreShownAsSuch() async throws {
        let image = Self.image("sbom/unsigned_fail")
        let file = try await show(image)
        #expect(file.form == .document)
        #expect(file.attachment?.sbom.origin == .sbomTag)
        let shown = text { SBOMReport(file: file).write(.text, to: $0) }
        #expect(shown.contains("signature      not signed"))
        #expect(try await failure(image, "--key", Self.pipeline).status == ExitStatus.badData)
    }

    /// The statement names the image; that the document speaks of another is shown, and is for rules to judge.
    @Test func whatTheDocumentDescribesIsShown() async throws {
        let file = try await show(Self.image("sbom/another-digest-cyclonedx-1.6_fail"), "--platform", "linux/amd64")
        #expect(file.inventory.described.first?.packageURLs.first?.text.contains("pkg:oci/ledger@sha256") == true)
    }

    // MARK: Lists and differences

    @Test func theListTellsEachInEveryForm() async throws {
        let report = try await list(Self.admitted)
        let tree = try json(text { report.write(.json, to: $0) })
        try ExplainedDecisionSchemaTests.expect(tree, "sbom-list.schema.json")
        guard case .array(let sboms)? = tree["sboms"] else { throw Passed() }
        #expect(sboms.count == 2)
        let lines = text { report.write(.csv, to: $0) }.components(separatedBy: "\r\n")
        #expect(lines.count == 4)
        #expect(lines[1].contains(#""CycloneDX","1.6","3","2026-11-19T09:00:00Z""#))
        #expect(text { report.write(.text, to: $0) }.contains("CycloneDX 1.6, 3 components, made 2026-11-19T09:00:00Z"))
        let unread = try await list(Self.image("sbom/malformed_fail"))
        let broken = try json(text { unread.write(.json, to: $0) })
        try ExplainedDecisionSchemaTests.expect(broken, "sbom-list.schema.json")
        #expect(text { unread.write(.text, to: $0) }.contains("[sbom."))
    }

    @Test func imagesAreCompared() async throws {
        let old = Self.image("sbom/denied-component-cyclonedx-1.6_fail")
        let new = Self.image("sbom/admitted-spdx-2.3")
        let words = [old, new, "--platform", "linux/amd64", "--key", Self.pipeline]
        let (difference, isVerified) = try await SBOMDiffCommand.parse(words).compare()
        #expect(isVerified)
        #expect(difference.changes.filter { $0.kind == .version }.map(\.versionsBefore) == [["2.14.1"]])
        #expect(try await status(["sbom", "diff"] + words) == 1)
        let place = try Place()
        let file = try place.write(SBOMCommandsTests.cycloneDX, to: "bom.json")
        #expect(try await status(["sbom", "diff", file, new, "--platform", "linux/amd64"]) == 1)
        let mixed = try await SBOMDiffCommand.parse([file] + words.dropFirst()).compare()
        #expect(!mixed.isVerified)
    }

    @Test func queriesReadImages() async throws {
        let words = [Self.admitted, "--platform", "linux/amd64", "--purl", "pkg:maven/**"]
        #expect(try await SBOMQueryCommand.parse(words).query().found?.count == 1)
        #expect(try await status(["sbom", "query"] + words) == 0)
    }

    @Test func whatIsAboutImagesIsRefusedForFiles() async throws {
        let place = try Place()
        let file = try place.write(SBOMCommandsTests.cycloneDX, to: "bom.json")
        for words in [
            ["--platform", "linux/amd64"], ["--format", "spdx"], ["--key", Self.pipeline], ["--namespace", "apps"],
        ] {
            #expect(try await status(["sbom", "show", file] + words) == 64)
        }
    }

    // MARK: File or image

    @Test(arguments: [
        ("bom.json", false), ("-", false), ("./bom.json", false), ("out.d/bom.cdx.json", false),
        ("library/alpine", false), ("alpine:3", false), ("oci:image:v1", true), ("dir:image", true),
        ("docker://alpine", true), ("registry.example/apps/ledger", true), ("localhost/apps/ledger", true),
        ("localhost:5000/ledger:v1", true), ("registry.example/bom.json:v1", true),
        ("registry.example/bom.json", false),
    ])
    func aNameIsAFileUnlessItSaysOtherwise(text: String, isImage: Bool) {
        if case .image = SBOMPlace(text) { #expect(isImage, "\(text)") } else { #expect(!isImage, "\(text)") }
    }

    @Test func aFileOfThatNameIsAFile() throws {
        let place = try Place()
        let path = try place.write("{}", to: "registry.example/apps/ledger:v1")
        guard case .file = SBOMPlace(path) else { throw Passed() }
    }
}
