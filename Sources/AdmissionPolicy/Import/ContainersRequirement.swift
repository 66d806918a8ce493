import Findings
import PKI
import StrictEncoding

extension FieldList {
    static let containersDocument = FieldList(name: "the file", required: ["default"], optional: ["transports"])
    static let containersPlain = FieldList(name: "a requirement", required: ["type"])
    static let containersSignedBy = FieldList(
        name: "`signedBy`", required: ["type", "keyType"], optional: ["signedIdentity"],
        exactlyOneOf: ["keyPath", "keyPaths", "keyData"])
    static let containersSigstore = FieldList(
        name: "`sigstoreSigned`", required: ["type"],
        optional: [
            "rekorPublicKeyPath", "rekorPublicKeyPaths", "rekorPublicKeyData", "rekorPublicKeyDatas", "signedIdentity",
        ], exactlyOneOf: ["keyPath", "keyPaths", "keyData", "keyDatas", "fulcio", "pki"])
    static let containersIdentity = FieldList(
        name: "`signedIdentity`", required: ["type"],
        optional: ["dockerReference", "dockerRepository", "prefix", "signedPrefix"])
}

extension FieldList {
    static let containersFulcio = FieldList(
        name: "`fulcio`", required: ["oidcIssuer", "subjectEmail"], exactlyOneOf: ["caPath", "caData"])
}

/// Translates the requirements of one scope; all of them have to hold, there as here.
struct ContainersRequirement {
    let reader: DocumentReader
    let scope: ContainersScope
    /// Our name of the policy, for key files.
    let policy: String
    private(set) var signers: [DraftSigner] = []
    private var names = DraftNames()

    init(reader: DocumentReader, scope: ContainersScope, policy: String) {
        self.reader = reader
        self.scope = scope
        self.policy = policy
    }

    private var problems: PolicyProblems { reader.problems }

    private enum Kind: String, CaseIterable { case insecureAcceptAnything, reject, signedBy, sigstoreSigned }

    /// The fields of a requirement by its type; unknown ones refuse the file, as containers/image does.
    static func fields(of node: PolicyNode, _ reader: DocumentReader) -> DocumentReader.Fields? {
        guard case .mapping(let members) = node.content,
            let type = members.first(where: { $0.key.utf8.elementsEqual("type".utf8) })
        else { return reader.fields(of: node, .containersPlain) }
        switch reader.word(type.value, "`type`", Kind.self) {
        case .insecureAcceptAnything, .reject: return reader.fields(of: node, .containersPlain)
        case .signedBy: return reader.fields(of: node, .containersSignedBy)
        case .sigstoreSigned: return reader.fields(of: node, .containersSigstore)
        case nil: return nil
        }
    }

    /// Nil if the file is refused.
    mutating func requirement(
        _ fields: DocumentReader.Fields, _ path: String, _ position: Int, into result: inout ImportResult
    ) -> DraftRequirement? {
        switch reader.word(fields["type"], "`type`", Kind.self) {
        case .insecureAcceptAnything:
            let comment = result.remark(
                .note, fields.place, path, "every image of this scope is admitted, signed or not")
            return DraftRequirement(id: "insecure-accept-anything-\(position + 1)", .anything, comments: [comment])
        case .reject:
            return DraftRequirement(id: "reject-\(position + 1)", .never("no image of this scope"))
        case .signedBy:
            return notImported(fields, path, position, "OpenPGP signatures are not read", into: &result)
        case .sigstoreSigned: return sigstore(fields, path, position, into: &result)
        case nil: return nil
        }
    }

    /// All requirements have to hold, so one that can't be said holds for nothing.
    private func notImported(
        _ fields: DocumentReader.Fields, _ path: String, _ position: Int, _ why: String, into result: inout ImportResult
    ) -> DraftRequirement {
        let id = "not-imported-\(position + 1)"
        let comment = result.remark(
            .notSaid, fields.place, path, "\(why); the rule `\(id)` admits nothing until you put yours in its place")
        return DraftRequirement(id: id, .never("not imported: \(path)"), comments: [comment])
    }

    private mutating func sigstore(
        _ fields: DocumentReader.Fields, _ path: String, _ position: Int, into result: inout ImportResult
    ) -> DraftRequirement? {
        if fields["pki"] != nil {
            return notImported(
                fields, path, position, "`pki`: which usage its certificates have is not said there", into: &result)
        }
        if let node = fields["fulcio"] { return fulcio(node, fields, path, position, into: &result) }
        let logs = ["rekorPublicKeyPath", "rekorPublicKeyPaths", "rekorPublicKeyData", "rekorPublicKeyDatas"]
        if let log = logs.first(where: { fields[$0] != nil }) {
            guard result.options.insecureIgnoreLog else {
                return notImported(
                    fields, path, position, "`\(log)`: proof of a transparency log for a key is not there yet",
                    into: &result)
            }
            result.remark(
                .insecure, fields.place, "\(path).\(log)",
                "signatures count that are in no log, because `--insecure-ignore-log` was given")
        }
        let reference: Signer.ReferenceMatch
        switch signedIdentity(fields["signedIdentity"], fields, path, into: &result) {
        case .some(.said(let match)): reference = match
        case .some(.notSaid(let why)): return notImported(fields, path, position, why, into: &result)
        case nil: return nil
        }
        guard let files = keyFiles(fields, into: &result) else { return nil }
        var by: [String] = []
        for file in files {
            let signer = DraftSigner(
                name: names.name("signer-\(position + 1)", otherwise: "signer"), file: file.path,
                schemes: file.schemes, reference: reference)
            signers.append(signer)
            by.append(signer.name)
        }
        return DraftRequirement(id: "signed-\(position + 1)", .signature(by: by))
    }

    /// The authority and the log are named there by files; here they are a trusted root of its own.
    private mutating func fulcio(
        _ node: PolicyNode, _ fields: DocumentReader.Fields, _ path: String, _ position: Int,
        into result: inout ImportResult
    ) -> DraftRequirement? {
        guard let fulcio = reader.fields(of: node, .containersFulcio),
            let issuer = reader.string(fulcio["oidcIssuer"], "`oidcIssuer`"),
            let address = reader.string(fulcio["subjectEmail"], "`subjectEmail`")
        else { return nil }
        let said: DraftIdentity
        switch ImportedIdentity.identity(
            issuer: .exactly(issuer), subject: .exactly(address), trustedRoot: ImportedIdentity.ownRoot)
        {
        case .said(let identity, _): said = identity
        case .notSaid(let why): return notImported(fields, path, position, why, into: &result)
        }
        guard said.kind == .email else {
            return notImported(fields, path, position, "`subjectEmail` is no e-mail address", into: &result)
        }
        let reference: Signer.ReferenceMatch
        switch signedIdentity(fields["signedIdentity"], fields, path, into: &result) {
        case .some(.said(let match)): reference = match
        case .some(.notSaid(let why)): return notImported(fields, path, position, why, into: &result)
        case nil: return nil
        }
        result.remark(
            .stricter, node.place, path + ".fulcio",
            "certificates count under the trusted root called `\(ImportedIdentity.ownRoot)` only: give this authority and "
                + "its log as one")
        let signer = DraftSigner(
            name: names.name("signer-\(position + 1)", otherwise: "signer"), identity: said, reference: reference)
        signers.append(signer)
        return DraftRequirement(id: "signed-\(position + 1)", .signature(by: [signer.name]))
    }

    // MARK: The name in the signature

    private enum Identity {
        case said(Signer.ReferenceMatch)
        case notSaid(String)
    }

    private enum IdentityType: String, CaseIterable {
        case matchExact, matchRepoDigestOrExact, matchRepository, exactReference, exactRepository, remapIdentity
    }

    /// Nil if the file is refused.
    private func signedIdentity(
        _ node: PolicyNode?, _ requirement: DocumentReader.Fields, _ path: String, into result: inout ImportResult
    ) -> Identity? {
        let byDigest =
            "a digest of an image that is named by digest has to be in the signature; there the repository is enough"
        guard let node else {
            result.remark(.stricter, requirement.place, path + ".signedIdentity", byDigest)
            return .said(.exact)
        }
        guard let fields = reader.fields(of: node, .containersIdentity),
            let type = reader.word(fields["type"], "`type`", IdentityType.self)
        else { return nil }
        let needed: [String] =
            switch type {
            case .matchExact, .matchRepoDigestOrExact, .matchRepository: []
            case .exactReference: ["dockerReference"]
            case .exactRepository: ["dockerRepository"]
            case .remapIdentity: ["prefix", "signedPrefix"]
            }
        var texts: [String] = []
        for field in ["dockerReference", "dockerRepository", "prefix", "signedPrefix"] {
            guard (fields[field] != nil) == needed.contains(field) else {
                problems.add(
                    .policyFileBadValue, fields.place,
                    "expected \(needed.isEmpty ? "no other field" : needed.map { "`\($0)`" }.joined(separator: " and ")) "
                        + "with `\(type.rawValue)`")
                return nil
            }
            guard let value = fields[field] else { continue }
            guard let text = reader.string(value, "`\(field)`") else { return nil }
            texts.append(text)
        }
        switch type {
        case .matchExact: return .said(.exact)
        case .matchRepository: return .said(.repository)
        case .matchRepoDigestOrExact:
            result.remark(.stricter, node.place, path + ".signedIdentity", byDigest)
            return .said(.exact)
        case .exactRepository:
            // A scope of one repository, and that is what is asked for: the request's. Others may have more below them.
            guard scope.pin != nil, texts[0].utf8.elementsEqual(scope.name.utf8) else {
                return .notSaid("`exactRepository`: the name that is signed may be another than the image's")
            }
            return .said(.repository)
        case .remapIdentity where texts[0].utf8.elementsEqual(texts[1].utf8):
            result.remark(.stricter, node.place, path + ".signedIdentity", byDigest)
            return .said(.exact)
        case .exactReference, .remapIdentity:
            return .notSaid("`\(type.rawValue)`: the name that is signed is another than the image's")
        }
    }

    // MARK: Keys

    /// SHA-256 always, and PKCS #1 for RSA.
    private func keyFiles(
        _ fields: DocumentReader.Fields, into result: inout ImportResult
    ) -> [(path: String, schemes: [SignatureScheme]?)]? {
        if let node = fields["keyPath"] {
            return reader.string(node, "a path").map { [(result.keys.add(fileAt: $0, called: policy), nil)] }
        }
        if let node = fields["keyPaths"] {
            return reader.strings(node, "paths")?.map { (result.keys.add(fileAt: $0, called: policy), nil) }
        }
        let nodes: [PolicyNode]
        switch fields["keyDatas"]?.content {
        case .sequence(let items)?: nodes = items
        default: nodes = [fields["keyData"] ?? fields["keyDatas"]].compactMap { $0 }
        }
        var files: [(path: String, schemes: [SignatureScheme]?)] = []
        for node in nodes {
            guard let text = reader.string(node, "key data") else { return nil }
            do throws(PublicKeyError) {
                guard let pem = try? Base64.decode(text) else {
                    problems.add(.policyFileBadValue, node.place, "expected a key in base64, found something else")
                    return nil
                }
                let key = try PublicKey(pem: pem)
                let scheme = ImportedScheme.scheme(of: key, hash: "sha256")
                let own = scheme.map { [$0] == SignatureScheme.defaults(for: key.kind) ? nil : [$0] } ?? nil
                files.append((result.keys.add(key, called: policy), own))
            } catch {
                problems.add(error.code, node.place, error.message)
                return nil
            }
        }
        return files
    }
}
