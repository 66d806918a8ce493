import Content
import StrictEncoding

// The part of an evidence document (docs/evidence-document.schema.json) that states a break-glass pass.

extension BreakGlassFacts {
    init(_ member: EvidenceMember) throws(EvidenceDocumentError) {
        let object = try member.object(
            required: ["pass", "id", "image", "namespace", "notBefore", "expires", "reason", "signers"],
            optional: ["ticket"])
        self.init(
            pass: try object.required("pass").digest(), id: try object.required("id").string(),
            image: try object.required("image").digest(), namespace: try object.required("namespace").string(),
            notBefore: try object.required("notBefore").instant(), expires: try object.required("expires").instant(),
            reason: try object.required("reason").string(), ticket: try object["ticket"]?.string(),
            signers: Set(try object.required("signers").list(SignerIdentity.init)).sorted())
    }

    var json: JSONTree {
        JSONTree(members: [
            "pass": .string(pass.description), "id": .string(id), "image": .string(image.description),
            "namespace": .string(namespace), "notBefore": .string(notBefore.description),
            "expires": .string(expires.description), "reason": .string(reason),
            "ticket": ticket.map(JSONTree.string), "signers": .array(signers.map(\.json)),
        ])
    }
}
