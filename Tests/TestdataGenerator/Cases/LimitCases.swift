import Content
import OCI
import Signing
import StrictEncoding

/// Endless data: each limit, passed.
func limitCases(_ world: World) -> [Case] {
    func build(
        _ name: String, _ why: String, _ verdict: String, _ reason: String, limits: [String: Int],
        refused: [String] = [], _ edit: (inout LayoutBuilder, Descriptor) -> Void = { _, _ in }
    ) -> Case {
        var layout = LayoutBuilder()
        let (index, _) = World.index(in: &layout)
        layout.list(index, tag: "v1")
        world.sign(index, by: "corporate", in: &layout)
        edit(&layout, index)
        return Case(
            family: "limits", name: name, why: why, layout: layout,
            expect: .init(limits: limits, verdict: verdict, reason: reason, refused: refused))
    }
    func junk(_ count: Int, by key: String) -> (inout LayoutBuilder, Descriptor) -> Void {
        { layout, index in
            for number in 0..<count {
                world.attest(
                    ["number": .integer(Int64(number))], type: "https://example.com/note/v1", about: index, by: key,
                    in: &layout)
            }
        }
    }
    func only(
        _ name: String, _ why: String, limits: [String: Int] = [:], refused: [String], _ envelope: (Digest) -> [UInt8]
    ) -> Case {
        var layout = LayoutBuilder()
        let (index, _) = World.index(in: &layout)
        layout.list(index, tag: "v1")
        let layer = layout.store(envelope(index.digest), as: .dsseEnvelope)
        layout.store(VerifiedContent.emptyValue.bytes, as: .ociEmpty)
        layout.list(
            layout.store(
                ImageManifest.artifactBytes(artifactType: .dsseEnvelope, layers: [layer], subject: index),
                as: .ociManifest))
        return Case(
            family: "limits", name: name, why: why, layout: layout,
            expect: .init(limits: limits, verdict: "reject", reason: "signature.none", refused: refused))
    }
    return [
        build(
            "manifest-bytes_fail", "The index is larger than the limit.", "reject", "limit.manifest-bytes",
            limits: ["manifest-bytes": 100]),
        build(
            "index-entries_fail", "The index lists more than the limit.", "reject", "limit.index-entries",
            limits: ["index-entries": 1]),
        build(
            "candidates_fail", "More lies with the image than the budget lets through.", "undecided",
            "limit.candidates", limits: ["candidates": 5], junk(10, by: "stranger")),
        build(
            "total-bytes_fail", "What lies with the image is larger than the budget.", "undecided",
            "limit.image-bytes", limits: ["total-bytes": 6_000], junk(10, by: "stranger")),
        build(
            "evidence-items_fail", "Allowed signers made more than the limit.", "undecided", "limit.evidence-items",
            limits: ["evidence-items": 5], junk(6, by: "corporate")),
        build(
            "signature-operations_fail", "More signatures than may be tried.", "undecided",
            "limit.signature-operations", limits: ["signature-operations": 1],
            refused: ["limit.signature-operations", "signature.no-key-matches"], junk(3, by: "stranger")),
        only(
            "envelope-signatures_fail", "1,001 signatures in one envelope, the right one among them: it is refused.",
            refused: ["limit.envelope-signatures"]
        ) { digest in
            let right = world.envelope(world.signatureStatement(digest), by: ["corporate"])
            guard let document = try? JSONDocument(parsing: right),
                case .object(var members)? = JSONTree(document.root),
                case .array(let signatures)? = members["signatures"], let one = signatures.first
            else { preconditionFailure("no envelope") }
            members["signatures"] = .array(Array(repeating: one, count: 1_001))
            return JSONTree.object(members).canonicalBytes()
        },
        only(
            "envelope-bytes_fail", "An envelope over the limit.", limits: ["envelope-bytes": 200],
            refused: ["limit.envelope-bytes"]
        ) { world.envelope(world.signatureStatement($0), by: ["corporate"]) },
        only("json-depth_fail", "An envelope of JSON nested 200 deep.", refused: ["limit.evidence-json-depth"]) {
            digest in
            let right = String(
                decoding: world.envelope(world.signatureStatement(digest), by: ["corporate"]), as: UTF8.self)
            let deep = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
            return Array((right.dropLast() + ",\"x\":\(deep)}").utf8)
        },
    ]
}
