import Content
import Findings
import PKI
package import StrictEncoding

// Of an evidence document and of records: `{"key", "scheme"}`, `{"insecureCloudBuildKey"}` or `{"certificate"}`.

extension SignerIdentity {
    init(_ member: EvidenceMember) throws(EvidenceDocumentError) {
        let object = try member.object(
            required: [], optional: ["key", "scheme", "insecureCloudBuildKey", "certificate"])
        if let key = object["insecureCloudBuildKey"] {
            guard object["key"] == nil, object["scheme"] == nil, object["certificate"] == nil else {
                throw member.malformed("expected `insecureCloudBuildKey` alone")
            }
            self = .cloudBuildKey(ExactString(try key.digest().description))
            return
        }
        if let certificate = object["certificate"] {
            guard object["key"] == nil, object["scheme"] == nil else {
                throw member.malformed("expected either `key` or `certificate`, found both")
            }
            self = .certificate(try CertificateHolder(certificate))
            return
        }
        let name = try object.required("scheme").string()
        guard let scheme = SignatureScheme.allCases.first(where: { $0.rawValue.utf8.elementsEqual(name.utf8) }) else {
            throw member.malformed("expected a signature scheme, found \(Finding.quoted(name))")
        }
        self = .key(ExactString(try object.required("key").digest().description), scheme: scheme)
    }

    package var json: JSONTree {
        switch self {
        case .key(let fingerprint, let scheme):
            ["key": .string(fingerprint.value), "scheme": .string(scheme.rawValue)]
        case .cloudBuildKey(let fingerprint): ["insecureCloudBuildKey": .string(fingerprint.value)]
        case .certificate(let holder): ["certificate": holder.json]
        }
    }
}

extension CertificateHolder {
    fileprivate init(_ member: EvidenceMember) throws(EvidenceDocumentError) {
        let object = try member.object(required: ["names"], optional: ["root", "issuer", "authorities", "claims"])
        let authority: Authority
        if let own = object["authorities"] {
            guard object["root"] == nil, object["issuer"] == nil, object["claims"] == nil else {
                throw member.malformed("expected `authorities` without `root`, `issuer` and `claims`")
            }
            authority = .own(try own.digest())
        } else {
            authority = .trustedRoot(
                try object.required("root").nonEmpty(), issuer: try object.required("issuer").nonEmpty())
        }
        let names = try object.required("names").list(CertificateName.init)
        guard !names.isEmpty else { throw member.malformed("expected at least one name") }
        if case .trustedRoot = authority, names.count > 1 {
            throw member.malformed("expected one name under a trusted root, found \(names.count)")
        }
        self.init(authority: authority, names: names, claims: try Self.claims(object["claims"]))
    }

    private static func claims(_ member: EvidenceMember?) throws(EvidenceDocumentError) -> [WorkloadClaim: ExactString]
    {
        guard let member else { return [:] }
        let object = try member.object(required: [], optional: WorkloadClaim.allCases.map(\.rawValue))
        var claims: [WorkloadClaim: ExactString] = [:]
        for claim in WorkloadClaim.allCases { claims[claim] = try object[claim.rawValue]?.exact() }
        return claims
    }

    fileprivate var json: JSONTree {
        var members: [ExactString: JSONTree] = ["names": .array(names.map(\.json))]
        switch authority {
        case .trustedRoot(let root, let issuer):
            members["root"] = .string(root.value)
            members["issuer"] = .string(issuer.value)
        case .own(let digest): members["authorities"] = .string(digest.description)
        }
        if !claims.isEmpty {
            members["claims"] = .object(
                Dictionary(uniqueKeysWithValues: claims.map { (ExactString($0.rawValue), .string($1.value)) }))
        }
        return .object(members)
    }
}

extension CertificateName {
    fileprivate init(_ member: EvidenceMember) throws(EvidenceDocumentError) {
        let object = try member.object(required: [], optional: Kind.allCases.map(\.rawValue))
        let named = Kind.allCases.compactMap { kind in object[kind.rawValue].map { (kind, $0) } }
        guard let (kind, value) = named.first, named.count == 1 else {
            throw member.malformed("expected one of `uri`, `email`, `username` and `dns`")
        }
        self.init(kind, try value.nonEmpty())
    }

    fileprivate var json: JSONTree { .object([ExactString(kind.rawValue): .string(value.value)]) }
}

extension EvidenceMember {
    fileprivate func nonEmpty() throws(EvidenceDocumentError) -> ExactString {
        let text = try exact()
        guard !text.utf8.isEmpty else { throw malformed("expected a text, found an empty one") }
        return text
    }
}
