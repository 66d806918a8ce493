import Attestation
import Content
import StrictEncoding

/// What Google Cloud says of the builds of an image: `gcloud artifacts docker images describe IMAGE --show-provenance
/// --format json`.
///
/// Only the envelopes in it are signed. Around each stands, for people, what it is about and the whole statement once more.
/// None of that is ever used, and all of it has to agree with the payload: who looks at the document and who verifies it
/// see the same, as slsa-verifier has it too (`verifiers/internal/gcb`).
enum CloudBuildProvenance {
    static func isOne(_ object: JSONObject) -> Bool { object["provenance_summary"]?.object != nil }

    static func entries(_ document: JSONValue) -> JSONArray? {
        document["provenance_summary"]?["provenance"]?.array
    }

    /// - Parameter document: the whole, for what it says of the image.
    static func item(
        _ entry: JSONValue, in document: JSONValue, evidence: Digest, limits: EnvelopeLimits
    ) throws(SignedItemError) -> UnverifiedSignedItem {
        guard let value = entry["envelope"] else { throw .missing("envelope") }
        let envelope: UnverifiedEnvelope
        do {
            envelope = try UnverifiedEnvelope(value, limits: limits)
        } catch {
            throw .envelope(error)
        }
        try compareLabels(of: entry, document["image_summary"], with: envelope.payload, limits)
        return UnverifiedSignedItem(form: .cloudBuild, content: .dsse(envelope), material: .none, evidence: evidence)
    }

    private static func compareLabels(
        of entry: JSONValue, _ summary: JSONValue?, with payload: [UInt8], _ limits: EnvelopeLimits
    ) throws(SignedItemError) {
        if let kind = entry["kind"], !kind.isIdentical(to: "BUILD") { throw .labelMismatch("kind") }
        let document: JSONDocument
        let statement: Statement
        do {
            document = try JSONDocument(
                parsing: payload, limits: JSONLimits(bytes: limits.bytes, depth: limits.depth))
            statement = try Statement(parsing: payload)
        } catch {
            throw .malformed("payload")
        }
        try compareDigests(
            [
                ("digest", summary?["digest"]), ("fully_qualified_digest", summary?["fully_qualified_digest"]),
                ("resourceUri", entry["resourceUri"]),
            ], with: statement)
        for name in ["intotoStatement", "inTotoSlsaProvenanceV1"] {
            guard let text = entry["build"]?[name] else { continue }
            guard let shown = members(text), let signed = members(document.root), shown == signed else {
                throw .labelMismatch(name)
            }
        }
    }

    /// The image is one: every digest is that of the same subject. A name may stand before it.
    private static func compareDigests(
        _ labels: [(place: String, value: JSONValue?)], with statement: Statement
    ) throws(SignedItemError) {
        var image: Digest?
        for case (let place, let value?) in labels {
            guard let text = value.string, let part = text.split(separator: "@").last,
                let digest = try? Digest(String(part)), statement.names(digest), image == nil || image == digest
            else { throw .labelMismatch(place) }
            image = digest
        }
    }

    /// A statement by its members. The predicate of version 0.1 stands in the text as `slsaProvenance`, and in the payload
    /// under both names.
    private static func members(_ value: JSONValue) -> [ExactString: JSONTree]? {
        guard case .object(var members)? = JSONTree(value) else { return nil }
        let shown = members.removeValue(forKey: "slsaProvenance")
        if members["predicate"] == nil { members["predicate"] = shown }
        return members
    }
}
