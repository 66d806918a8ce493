import Content
import Findings
import OCI
import Testing

@testable import ImageStore

/// Which manifests a layout holds about an image, and how each was found.
@Suite struct PapersTests {
    private let workspace: Workspace
    private let limits = ContentLimits()

    init() throws { workspace = try Workspace() }

    private func papers(
        _ layout: LayoutFixture, of image: Descriptor, limits: ContentLimits = ContentLimits()
    ) async throws -> Papers {
        try await OCILayout(path: layout.write(to: workspace)).papers(of: image.digest, limits: limits)
    }

    private func ties(_ papers: Papers) -> [Paper.Tie] { papers.found.map(\.tie) }

    @Test func findsReferrersByTheirSubject() async throws {
        var layout = LayoutFixture()
        let (image, other) = (layout.image("one"), layout.image("two"))
        let referrer = layout.referrer(of: image)
        layout.list(image, tag: "v1")
        layout.list(referrer)
        layout.list(layout.referrer(of: other, "of another"))
        let papers = try await papers(layout, of: image)
        #expect(papers.found.map(\.descriptor.digest) == [referrer.digest])
        #expect(ties(papers) == [.referrer])
        #expect(papers.refused.isEmpty)
    }

    @Test func findsReferrersOfAChild() async throws {
        var layout = LayoutFixture()
        let child = layout.image()
        let index = layout.index([child])
        let (ofChild, ofIndex) = (layout.referrer(of: child, "child"), layout.referrer(of: index, "index"))
        for descriptor in [index, ofChild, ofIndex] { layout.list(descriptor) }
        let source = OCILayout(path: try layout.write(to: workspace))
        _ = try await source.resolve(limits: limits)
        #expect(
            try await source.papers(of: child.digest, limits: limits).found.map(\.descriptor.digest) == [ofChild.digest]
        )
        #expect(
            try await source.papers(of: index.digest, limits: limits).found.map(\.descriptor.digest) == [ofIndex.digest]
        )
    }

    @Test func findsAnIndexThatIsAReferrer() async throws {
        var layout = LayoutFixture()
        let image = layout.image()
        let referrer = layout.index([layout.image("x")], subject: image)
        layout.list(image)
        layout.list(referrer)
        let source = OCILayout(path: try layout.write(to: workspace))
        #expect(try await source.resolve(limits: limits).descriptor.digest == image.digest)
        #expect(
            try await source.papers(of: image.digest, limits: limits).found.map(\.descriptor.digest) == [
                referrer.digest
            ])
    }

    @Test func findsTheFallbackTag() async throws {
        var layout = LayoutFixture()
        let image = layout.image()
        var referrer = layout.referrer(of: image)
        referrer.artifactType = .sigstoreBundle03
        layout.list(image)
        layout.list(layout.index([referrer]), tag: image.digest.referrersTag)
        let papers = try await papers(layout, of: image)
        #expect(papers.found == [Paper(tie: .fallbackTag, descriptor: referrer)])
    }

    @Test func cutsTheFallbackTagAsTheSpecificationDoes() throws {
        let digest = try Digest("sha512:" + String(repeating: "a", count: 64) + String(repeating: "b", count: 64))
        #expect(digest.referrersTag == "sha512-" + String(repeating: "a", count: 64))
        #expect(digest.cosignTag("sig") == "sha512-\(digest.hex).sig")
    }

    @Test func findsCosignsTags() async throws {
        var layout = LayoutFixture()
        let image = layout.image()
        layout.list(image)
        let suffixes = ["sbom", "att", "sig"]
        for suffix in suffixes {
            layout.list(layout.referrer(of: nil, suffix), tag: "sha256-\(image.digest.hex).\(suffix)")
        }
        #expect(ties(try await papers(layout, of: image)) == [.signatureTag, .attestationTag, .sbomTag])
        #expect(try await papers(layout, of: layout.image("two")).found.isEmpty)
    }

    @Test func findsWhatCosignSaved() async throws {
        for kind in ["image", "imageIndex"] {
            var layout = LayoutFixture()
            let image = kind == "image" ? layout.image() : layout.index([layout.image()])
            let (signatures, attestations) = (layout.referrer(of: nil, "s"), layout.referrer(of: nil, "a"))
            layout.list(image, annotations: ["kind": "dev.cosignproject.cosign/\(kind)"])
            layout.list(signatures, annotations: ["kind": "dev.cosignproject.cosign/sigs"])
            layout.list(attestations, annotations: ["kind": "dev.cosignproject.cosign/atts"])
            let source = OCILayout(path: try layout.write(to: workspace, as: kind))
            let papers = try await source.papers(of: image.digest, limits: limits)
            #expect(papers.found.map(\.descriptor.digest) == [signatures.digest, attestations.digest])
            #expect(ties(papers) == [.cosignSave, .cosignSave])
            #expect(try await source.papers(of: signatures.digest, limits: limits).found.isEmpty)
        }
    }

    @Test func countsAManifestOnceByItsFirstTie() async throws {
        var layout = LayoutFixture()
        let image = layout.image()
        let referrer = layout.referrer(of: image)
        layout.list(image)
        layout.list(referrer, tag: "sha256-\(image.digest.hex).sig")
        layout.list(layout.index([referrer]), tag: image.digest.referrersTag)
        let papers = try await papers(layout, of: image)
        #expect(papers.found.map(\.descriptor.digest) == [referrer.digest])
        #expect(ties(papers) == [.referrer])
    }

    @Test func aFalseListHidesNoOtherTie() async throws {
        // cosign's manifests have no subject; listed as a referrer, one would be refused and not looked at again.
        var layout = LayoutFixture()
        let image = layout.image()
        let signature = layout.referrer(of: nil)
        layout.list(image)
        layout.list(signature, tag: image.digest.cosignTag("sig"))
        var wrongSize = signature
        wrongSize.size += 1
        layout.list(layout.index([wrongSize, signature, signature]), tag: image.digest.referrersTag)
        let papers = try await papers(layout, of: image)
        #expect(ties(papers) == [.fallbackTag, .fallbackTag, .signatureTag])
        #expect(papers.found.map(\.descriptor.size) == [wrongSize.size, signature.size, signature.size])
    }

    @Test func aFalseEntryHidesNoReferrer() async throws {
        var layout = LayoutFixture()
        let image = layout.image()
        let referrer = layout.referrer(of: image)
        var wrongSize = referrer
        wrongSize.size += 1
        layout.list(image, tag: "v1")
        for descriptor in [wrongSize, wrongSize, referrer, referrer] { layout.list(descriptor) }
        let source = OCILayout(path: try layout.write(to: workspace), selection: .tag("v1"))
        let papers = try await source.papers(of: image.digest, limits: limits)
        #expect(papers.found == [Paper(tie: .referrer, descriptor: referrer)])
        #expect(papers.refused.map(\.code.name) == ["content.size-mismatch"])
    }

    @Test func passesOverJunkAndSaysSo() async throws {
        var layout = LayoutFixture()
        let image = layout.image()
        let referrer = layout.referrer(of: image)
        layout.list(image, tag: "v1")
        let junk: [(Descriptor, String)] = [
            (Descriptor(of: layout.blob(Array("not JSON".utf8)), mediaType: .ociManifest), "image.malformed-manifest"),
            (
                Descriptor(of: layout.blob(Array(#"{"manifests":[],"layers":[]}"#.utf8)), mediaType: .ociIndex),
                "image.two-types"
            ),
            (
                Descriptor(mediaType: .ociManifest, digest: Digest(of: Array("absent".utf8)), size: 6),
                "image.not-found"
            ),
            (
                Descriptor(mediaType: .ociManifest, digest: Digest(of: Array("large".utf8)), size: 5 << 20),
                "limit.manifest-bytes"
            ),
        ]
        for (descriptor, _) in junk { layout.list(descriptor) }
        // An entry of a type that names no manifest is nobody's evidence and no junk (image-spec "index.json file").
        layout.list(Descriptor(of: layout.blob(Array("<x/>".utf8)), mediaType: "application/xml"))
        layout.list(referrer)
        let source = OCILayout(path: try layout.write(to: workspace), selection: .tag("v1"))
        #expect(try await source.resolve(limits: limits).descriptor.digest == image.digest)
        let papers = try await source.papers(of: image.digest, limits: limits)
        #expect(papers.found.map(\.descriptor.digest) == [referrer.digest])
        #expect(papers.refused.map(\.code.name) == junk.map(\.1))
        #expect(papers.refused.map(\.evidence) == junk.map(\.0.digest.description))
        // The same for every digest: nothing says what they were about.
        #expect(try await source.papers(of: referrer.digest, limits: limits).refused == papers.refused)
    }

    @Test func isNotMisledByAnEntryThatLies() async throws {
        // The same manifest is listed first as something that it is not.
        var layout = LayoutFixture()
        let image = layout.image()
        let referrer = layout.referrer(of: image)
        var (mistyped, missized) = (referrer, referrer)
        mistyped.mediaType = .ociIndex
        missized.size += 1
        for descriptor in [mistyped, missized, referrer, image] { layout.list(descriptor) }
        let papers = try await papers(layout, of: image)
        #expect(papers.found == [Paper(tie: .referrer, descriptor: referrer)])
        #expect(papers.refused.map(\.code.name) == ["image.media-type-mismatch", "content.size-mismatch"])
    }

    @Test func readsJunkOnce() async throws {
        var layout = LayoutFixture()
        let image = layout.image()
        let junk = Descriptor(of: layout.blob(Array("not JSON".utf8)), mediaType: .ociManifest)
        layout.list(image, tag: "v1")
        for number in 0..<10 { layout.list(junk, annotations: ["number": "\(number)"]) }
        let source = OCILayout(path: try layout.write(to: workspace), selection: .tag("v1"))
        var limits = ContentLimits()
        let lists = ["index.json", "oci-layout"].map { layout.files[$0]?.count ?? 0 }.reduce(0, +)
        limits.totalBytes = lists + image.size + junk.size
        _ = try await source.resolve(limits: limits)
        #expect(try await source.papers(of: image.digest, limits: limits).refused.count == 1)
    }

    @Test func refusesAFallbackTagThatIsNoList() async throws {
        var layout = LayoutFixture()
        let image = layout.image()
        layout.list(image)
        layout.list(layout.referrer(of: nil), tag: image.digest.referrersTag)
        let papers = try await papers(layout, of: image)
        #expect(papers.found.isEmpty)
        #expect(papers.refused.map(\.code.name) == ["image.unknown-media-type"])
    }

    @Test func boundsThePapersOfOneImage() async throws {
        var layout = LayoutFixture()
        let image = layout.image()
        let descriptors = (0..<4).map { layout.referrer(of: image, "\($0)") }
        layout.list(image)
        layout.list(layout.index(descriptors), tag: image.digest.referrersTag)
        let source = OCILayout(path: try layout.write(to: workspace))
        var limits = ContentLimits()
        limits.candidates = 4
        #expect(try await source.papers(of: image.digest, limits: limits).found.count == 4)
        limits.candidates = 3
        #expect(await code { try await source.papers(of: image.digest, limits: limits) } == "limit.candidates")
    }

    @Test func endsWhenTheBudgetOfBytesIsUsedUp() async throws {
        // A budget is no junk: passing over what it does not cover would hide evidence without a word.
        var layout = LayoutFixture()
        let image = layout.image()
        layout.list(image)
        layout.list(layout.referrer(of: image))
        let source = OCILayout(path: try layout.write(to: workspace))
        var limits = ContentLimits()
        limits.totalBytes = (layout.files["index.json"]?.count ?? 0) + 30 + image.size
        #expect(await code { try await source.papers(of: image.digest, limits: limits) } == "limit.image-bytes")
    }

    @Test func readsEachListedManifestOnce() async throws {
        var layout = LayoutFixture()
        let image = layout.image()
        let referrers = (0..<3).map { layout.referrer(of: image, "\($0)") }
        for descriptor in [image] + referrers { layout.list(descriptor) }
        let source = OCILayout(path: try layout.write(to: workspace), selection: .only)
        var limits = ContentLimits()
        let lists = ["index.json", "oci-layout"].map { layout.files[$0]?.count ?? 0 }.reduce(0, +)
        // The image twice: once to see that it is no evidence, once as the image.
        limits.totalBytes = lists + 2 * image.size + referrers.map(\.size).reduce(0, +)
        _ = try await source.resolve(limits: limits)
        for _ in 0..<3 { #expect(try await source.papers(of: image.digest, limits: limits).found.count == 3) }
    }

    @Test func readsTheImageOnceWhereItIsNamed() async throws {
        var layout = LayoutFixture()
        let image = layout.image()
        layout.list(image, tag: "v1")
        let source = OCILayout(path: try layout.write(to: workspace), selection: .tag("v1"))
        var limits = ContentLimits()
        limits.totalBytes = ["index.json", "oci-layout"].map { layout.files[$0]?.count ?? 0 }.reduce(image.size, +)
        _ = try await source.resolve(limits: limits)
        #expect(try await source.papers(of: image.digest, limits: limits).found.isEmpty)
    }

    @Test(arguments: [
        "sha256-" + String(repeating: "0", count: 64), "sha512-" + String(repeating: "0", count: 64),
        "sha512-" + String(repeating: "0", count: 128) + ".sig", "sha256-" + String(repeating: "a", count: 64) + ".att",
    ])
    func knowsTheNamesOfEvidence(_ tag: String) { #expect(PaperTag.matches(tag)) }

    @Test(arguments: [
        "v1", "sha256-", "sha256-" + String(repeating: "0", count: 63), "sha256-" + String(repeating: "A", count: 64),
        "sha256-" + String(repeating: "0", count: 64) + ".exe", "md5-" + String(repeating: "0", count: 64),
        "x-sha256-" + String(repeating: "0", count: 64), "sha256-" + String(repeating: "0", count: 64) + "sig",
    ])
    func doesNotTakeOtherNamesForEvidence(_ tag: String) { #expect(!PaperTag.matches(tag)) }
}
