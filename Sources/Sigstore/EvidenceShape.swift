import Content
import StrictEncoding

/// What a JSON value among evidence is meant to be. A value that means to be a bundle and is a bad one is refused evidence,
/// not an unrelated file.
enum EvidenceShape {
    typealias Item = Result<UnverifiedSignedItem, EvidenceFile.RefusedItem>

    case bundle, cosignBundle, envelope
    case attestationList(AttestationList)
    case cloudBuild

    init?(_ value: JSONValue) {
        guard let object = value.object else {
            guard let list = AttestationList(value) else { return nil }
            self = .attestationList(list)
            return
        }
        let mediaType = object["mediaType"]?.string ?? ""
        if mediaType.utf8.starts(with: SigstoreBundle.mediaTypePrefix.utf8)
            || object["dsseEnvelope"] != nil || object["verificationMaterial"] != nil
        {
            self = .bundle
        } else if CosignBundle.isOne(object) {
            self = .cosignBundle
        } else if object["payloadType"] != nil, object["payload"] != nil {
            self = .envelope
        } else if let list = AttestationList(value) {
            self = .attestationList(list)
        } else if CloudBuildProvenance.isOne(object) {
            self = .cloudBuild
        } else {
            return nil
        }
    }

    var form: EvidenceFile.Form {
        switch self {
        case .bundle, .cosignBundle: .bundle
        case .envelope: .envelope
        case .attestationList: .attestationList
        case .cloudBuild: .cloudBuild
        }
    }

    /// The items of a value of this shape, at least one; nil if there are more than `most`.
    ///
    /// - Parameter whole: the bytes that hold the value and nothing else.
    func items(
        _ value: JSONValue, line: Int?, _ limits: EvidenceFileLimits, most: Int, whole: [UInt8]
    ) -> [Item]? {
        let digest = Digest(of: whole)
        switch self {
        case .bundle, .cosignBundle, .envelope:
            return [
                Self.item(digest, line) { () throws(SignedItemError) in
                    switch self {
                    case .cosignBundle:
                        try UnverifiedSignedItem(cosignBundle: value, evidence: digest, limits: limits.envelope)
                    case .envelope:
                        try UnverifiedSignedItem(envelope: value, evidence: digest, limits: limits.envelope)
                    default: try UnverifiedSignedItem(bundle: value, evidence: digest, limits: limits.envelope)
                    }
                }
            ]
        case .attestationList(let list):
            return Self.items(of: list.entries, line, most, whole: digest) { (entry, digest) throws(SignedItemError) in
                try list.item(entry, evidence: digest, limits: limits.envelope)
            }
        case .cloudBuild:
            return Self.items(
                of: CloudBuildProvenance.entries(value), line, most, whole: digest
            ) { (entry, digest) throws(SignedItemError) in
                try CloudBuildProvenance.item(entry, in: value, evidence: digest, limits: limits.envelope)
            }
        }
    }

    /// Each entry is an item of its own, named by the digest of its own bytes.
    private static func items(
        of entries: JSONArray?, _ line: Int?, _ most: Int, whole: Digest,
        _ read: (JSONValue, Digest) throws(SignedItemError) -> UnverifiedSignedItem
    ) -> [Item]? {
        guard let entries, !entries.isEmpty else {
            return [.failure(.init(error: .noBundle, evidence: whole, line: line))]
        }
        guard entries.count <= most else { return nil }
        return entries.map { entry in
            let digest = Digest(of: Array(entry.rawBytes))
            return item(digest, line) { () throws(SignedItemError) in try read(entry, digest) }
        }
    }

    private static func item(
        _ evidence: Digest, _ line: Int?, _ read: () throws(SignedItemError) -> UnverifiedSignedItem
    ) -> Item {
        do throws(SignedItemError) {
            return .success(try read())
        } catch {
            return .failure(.init(error: error, evidence: evidence, line: line))
        }
    }
}
