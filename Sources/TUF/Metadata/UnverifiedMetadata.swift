import PKI
import StrictEncoding

/// A metadata file as received (section 4.2.1): in form, of the expected role, its author unknown.
struct UnverifiedMetadata {
    let role: MetadataRole
    let bytes: [UInt8]
    /// What is signed, with the members that this client does not know.
    let signed: MetadataFields
    let version: Int
    let expires: Instant
    /// In the order of the file; no two of one key ID.
    let signatures: [Signature]
    /// The canonical form of ``signed``, which the signatures are over.
    let message: SignedMessage

    struct Signature {
        let keyID: ExactString
        /// Nil if it is no hexadecimal text. Such a signature does not count, but does no harm either: repositories
        /// write an empty one for a key that did not sign.
        let bytes: [UInt8]?
    }

    init(parsing bytes: [UInt8], as role: MetadataRole, limits: TUFLimits) throws(TUFError) {
        guard bytes.count <= limits.bytes(of: role) else {
            throw .metadataTooLarge(role, limit: limits.bytes(of: role))
        }
        do throws(MetadataFormatError) {
            try self.init(wellSized: bytes, as: role, limits: limits)
        } catch {
            throw .malformed(role, error)
        }
    }

    private init(
        wellSized bytes: [UInt8], as role: MetadataRole, limits: TUFLimits
    ) throws(MetadataFormatError) {
        let document: JSONDocument
        do {
            document = try JSONDocument(
                parsing: bytes, limits: JSONLimits(bytes: limits.bytes(of: role), depth: limits.depth))
        } catch {
            throw .json(error)
        }
        let file = try MetadataFields(document.root, at: "metadata")
        let signed = try MetadataFields(file.object["signed"], at: "signed")
        try Self.checkType(signed, of: role)
        try Self.checkSpecificationVersion(signed)
        version = try signed.integer("version", from: 1)
        guard let expires = Instant(rfc3339: try signed.string("expires")) else {
            throw .expected("a date and time", at: "signed.expires")
        }
        self.expires = expires
        signatures = try Self.signatures(file, limit: limits.signatures)
        message = try Self.canonicalForm(file.object["signed"])
        self.signed = signed
        self.role = role
        self.bytes = bytes
    }

    /// Nothing signed for one role may pass for another: a key may sign for several.
    private static func checkType(_ signed: MetadataFields, of role: MetadataRole) throws(MetadataFormatError) {
        let expected =
            switch role {
            case .root, .timestamp, .snapshot, .targets: role.name
            case .delegated: MetadataRole.targets.name
            }
        let found = try signed.string("_type")
        guard found.utf8.elementsEqual(expected.utf8) else { throw .otherType(expected: expected, found: found) }
    }

    /// Section 4.3: the first number is the one that has to match.
    private static func checkSpecificationVersion(_ signed: MetadataFields) throws(MetadataFormatError) {
        let text = try signed.string("spec_version")
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isNumbers = parts.allSatisfy { part in
            !part.isEmpty && part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
        guard (2...3).contains(parts.count), isNumbers, parts.first?.elementsEqual("1".utf8) == true else {
            throw .otherSpecification(found: text)
        }
    }

    /// Section 4.2.1: a key ID stands in the list once, even where enough others would count.
    private static func signatures(
        _ file: MetadataFields, limit: Int
    ) throws(MetadataFormatError) -> [Signature] {
        guard let list = file.object["signatures"]?.array else { throw .expected("an array", at: "signatures") }
        guard list.count <= limit else { throw .tooManySignatures(limit: limit) }
        var seen: Set<ExactString> = []
        var signatures: [Signature] = []
        for element in list {
            let entry = try MetadataFields(element, at: "signatures")
            let keyID = ExactString(try entry.string("keyid"))
            guard seen.insert(keyID).inserted else { throw .repeatedKeyID(keyID.value, at: "signatures") }
            signatures.append(Signature(keyID: keyID, bytes: try? Hex.decodeAnyCase(entry.string("sig"))))
        }
        return signatures
    }

    private static func canonicalForm(_ value: JSONValue?) throws(MetadataFormatError) -> SignedMessage {
        guard let value, let tree = JSONTree(value) else { throw .expected("numbers within range", at: "signed") }
        do {
            return SignedMessage(try tree.olpcCanonicalBytes())
        } catch {
            throw .notCanonical(error)
        }
    }
}
