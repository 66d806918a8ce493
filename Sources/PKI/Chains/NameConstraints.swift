import StrictEncoding
import SwiftASN1

/// For which names an authority may vouch, and all authorities below it (RFC 5280 section 4.2.1.10).
///
/// Constraints on kinds of names that nothing here reads are kept, and object to every certificate with such a name.
struct NameConstraints: Sendable, Hashable {
    let permitted: [Subtree]
    let excluded: [Subtree]

    /// A web server's authority constrains a few names; each is compared with each name of each certificate below.
    static let maximumCount = 256

    init(der: ArraySlice<UInt8>) throws {
        (permitted, excluded) = try DER.sequence(DER.parse(der), identifier: .sequence) { nodes in
            let permitted = try Self.subtrees(&nodes, tag: 0)
            let excluded = try Self.subtrees(&nodes, tag: 1)
            guard permitted != nil || excluded != nil else { throw CertificateError.malformed(.name) }
            return (permitted ?? [], excluded ?? [])
        }
        guard permitted.count + excluded.count <= Self.maximumCount else {
            throw CertificateError.tooManyNames(limit: Self.maximumCount)
        }
    }

    /// Whether a certificate below may have all of its names.
    ///
    /// The subject counts as a directory name; no name is ever read from within it.
    func allow(_ certificate: Certificate) -> Bool {
        var names = certificate.extensions.subjectAlternativeNames ?? []
        if !certificate.subject.isEmpty { names.append(.directoryName(certificate.subject.der)) }
        return names.allSatisfy { name in
            let ofKind = permitted.filter { $0.isOfKind(of: name) }
            guard ofKind.isEmpty || ofKind.contains(where: { $0.covers(name) }) else { return false }
            return !excluded.contains { $0.isOfKind(of: name) && $0.touches(name) }
        }
    }

    private static func subtrees(_ nodes: inout ASN1NodeCollection.Iterator, tag: UInt) throws -> [Subtree]? {
        try DER.optionalImplicitlyTagged(&nodes, tagNumber: tag, tagClass: .contextSpecific) { node in
            var subtrees: [Subtree] = []
            try DER.sequence(node, identifier: node.identifier) { nodes in
                while let node = nodes.next() {
                    // `minimum` and `maximum` are never written: one that is there is left over, which is an error.
                    subtrees.append(
                        try DER.sequence(node, identifier: .sequence) { try Subtree($0.required()) })
                }
            }
            guard !subtrees.isEmpty else { throw CertificateError.malformed(.name) }
            return subtrees
        }
    }

    /// The base of a `GeneralSubtree`.
    enum Subtree: Sendable, Hashable {
        /// Labels in lower case, the last one first. None for the subtree of all names.
        case dns([String])
        case uriHost([String], isDomain: Bool)
        /// One mailbox: the local part, and the labels of its host.
        case mailbox(String, host: [String])
        case mailHost([String], isDomain: Bool)
        case ipAddress([UInt8], mask: [UInt8])
        case directoryName(RelativeNames)
        case unsupported(tag: UInt)

        init(_ node: ASN1Node) throws {
            let malformed = CertificateError.malformed(.name)
            switch node.identifier.tagNumber {
            case 1:
                let text = try Self.text(node)
                if let at = text.lastIndex(of: "@") {
                    let local = String(text[..<at])
                    guard !local.isEmpty, !local.utf8.contains(UInt8(ascii: "@")),
                        let host = HostLabels.read(text[text.index(after: at)...])
                    else {
                        throw malformed
                    }
                    self = .mailbox(local, host: host)
                } else {
                    guard let host = HostLabels.read(text.drop { $0 == "." }) else { throw malformed }
                    self = .mailHost(host, isDomain: text.first == ".")
                }
            case 2:
                let text = try Self.text(node)
                guard let host = text.isEmpty ? [] : HostLabels.read(text[...]) else { throw malformed }
                self = .dns(host)
            case 4:
                self = .directoryName(
                    try DER.explicitlyTagged(node, tagNumber: 4, tagClass: .contextSpecific) {
                        try RelativeNames($0)
                    })
            case 6:
                let text = try Self.text(node)
                guard let host = HostLabels.read(text.first == "." ? text.dropFirst() : text[...]) else {
                    throw malformed
                }
                self = .uriHost(host, isDomain: text.first == ".")
            case 7:
                let octets = Array(try ASN1OctetString(derEncoded: node, withIdentifier: node.identifier).bytes)
                guard octets.count == 8 || octets.count == 32 else { throw malformed }
                let mask = Array(octets.suffix(octets.count / 2))
                guard Self.isPrefix(mask) else { throw malformed }
                self = .ipAddress(Array(octets.prefix(octets.count / 2)), mask: mask)
            default: self = .unsupported(tag: node.identifier.tagNumber)
            }
        }

        private static func text(_ node: ASN1Node) throws -> String {
            let octets = try ASN1OctetString(derEncoded: node, withIdentifier: node.identifier).bytes
            guard octets.allSatisfy({ (0x21...0x7e).contains($0) }) else { throw CertificateError.malformed(.name) }
            return String(decoding: octets, as: UTF8.self)
        }

        /// RFC 4632 section 3.1: ones, then zeros.
        private static func isPrefix(_ mask: [UInt8]) -> Bool {
            let rest = mask.drop { $0 == 0xff }
            guard let first = rest.first else { return true }
            return (~first).leadingZeroBitCount + (~first).nonzeroBitCount == 8
                && rest.dropFirst().allSatisfy { $0 == 0 }
        }
    }
}

extension NameConstraints.Subtree {
    func isOfKind(of name: GeneralName) -> Bool {
        switch (self, name) {
        case (.dns, .dns), (.uriHost, .uri), (.mailbox, .email), (.mailHost, .email), (.ipAddress, .ipAddress),
            (.directoryName, .directoryName):
            true
        case (.unsupported(let tag), .unsupported(let other)): tag == other
        case (.unsupported(let tag), .otherName): tag == 0
        default: false
        }
    }

    /// Whether everything that the name stands for lies in the subtree. False for what can't be compared.
    func covers(_ name: GeneralName) -> Bool {
        switch (self, name) {
        case (.dns(let base), .dns(let text)):
            // All names that a wildcard stands for lie below what follows it.
            guard let (labels, _) = Self.pattern(text.value) else { return false }
            return labels.starts(with: base)
        case (.uriHost(let base, let isDomain), .uri(let text)):
            guard let host = HostLabels.host(ofURI: text.value) else { return false }
            return Self.matches(host, base, isDomain: isDomain)
        case (.mailbox(let local, let base), .email(let text)):
            guard let mailbox = Self.mailbox(text.value) else { return false }
            return mailbox.local.utf8.elementsEqual(local.utf8) && mailbox.host == base
        case (.mailHost(let base, let isDomain), .email(let text)):
            guard let mailbox = Self.mailbox(text.value) else { return false }
            return Self.matches(mailbox.host, base, isDomain: isDomain)
        case (.ipAddress(let base, let mask), .ipAddress(let octets)):
            return base.count == octets.count
                && zip(zip(base, octets), mask).allSatisfy { ($0.0 & $1) == ($0.1 & $1) }
        case (.directoryName(let base), .directoryName(let der)):
            guard let names = (try? DER.parse(der)).flatMap({ try? RelativeNames($0) }) else { return false }
            return names.names.starts(with: base.names)
        default: return false
        }
    }

    /// Whether anything that the name stands for lies in the subtree. True for what can't be compared.
    func touches(_ name: GeneralName) -> Bool {
        switch (self, name) {
        case (.dns(let base), .dns(let text)):
            guard let (labels, isWildcard) = Self.pattern(text.value) else { return true }
            return labels.starts(with: base)
                || isWildcard && base.count == labels.count + 1 && base.starts(with: labels)
        case (.uriHost, .uri(let text)): return HostLabels.host(ofURI: text.value) == nil || covers(name)
        case (.mailbox, .email(let text)), (.mailHost, .email(let text)):
            return Self.mailbox(text.value) == nil || covers(name)
        case (.unsupported, _): return true
        default: return covers(name)
        }
    }

    private static func pattern(_ text: String) -> (labels: [String], isWildcard: Bool)? {
        let isWildcard = text.hasPrefix("*.")
        return HostLabels.read(text.dropFirst(isWildcard ? 2 : 0)).map { ($0, isWildcard) }
    }

    private static func mailbox(_ text: String) -> (local: String, host: [String])? {
        guard let at = text.lastIndex(of: "@"), at != text.startIndex,
            let host = HostLabels.read(text[text.index(after: at)...])
        else { return nil }
        return (String(text[..<at]), host)
    }

    private static func matches(_ host: [String], _ base: [String], isDomain: Bool) -> Bool {
        isDomain ? host.count > base.count && host.starts(with: base) : host == base
    }
}

/// Host names as labels in lower case, the last one first. ASCII only, for which `==` compares bytes.
enum HostLabels {
    /// RFC 1034 section 3.5, and underscores, which are found in the wild; nil for anything else.
    static func read(_ text: Substring) -> [String]? {
        let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        var read: [String] = []
        for label in labels.reversed() {
            guard (1...63).contains(label.count) else { return nil }
            var lower: [UInt8] = []
            for byte in label {
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"): lower.append(byte | 0x20)
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"), UInt8(ascii: "_"):
                    lower.append(byte)
                default: return nil
                }
            }
            read.append(String(decoding: lower, as: UTF8.self))
        }
        return read
    }

    /// The host of a URI with an authority (RFC 3986 section 3.2.2); nil for addresses, and where there is none.
    static func host(ofURI text: String) -> [String]? {
        let bytes = Array(text.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[(colon + 1)...].starts(with: "//".utf8) else {
            return nil
        }
        let authority = bytes[(colon + 3)...].prefix { !"/?#".utf8.contains($0) }
        let afterUser = authority.lastIndex(of: UInt8(ascii: "@")).map { authority[($0 + 1)...] } ?? authority
        let host = afterUser.prefix { $0 != UInt8(ascii: ":") }
        guard let labels = read(Substring(decoding: host, as: UTF8.self)),
            labels.first?.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) == false
        else { return nil }
        return labels
    }
}

/// The parts of a `Name` in order, made comparable: letters' case and spaces do not count (RFC 5280 section 7.1).
struct RelativeNames: Sendable, Hashable {
    let names: [Set<Attribute>]

    struct Attribute: Sendable, Hashable {
        let type: ASN1ObjectIdentifier
        let value: [UInt8]
    }

    init(_ node: ASN1Node) throws {
        var names: [Set<Attribute>] = []
        try DER.sequence(node, identifier: .sequence) { sets in
            while let set = sets.next() {
                var name: Set<Attribute> = []
                try DER.set(set, identifier: .set) { attributes in
                    while let attribute = attributes.next() {
                        name.insert(
                            try DER.sequence(attribute, identifier: .sequence) { nodes in
                                Attribute(
                                    type: try ASN1ObjectIdentifier(derEncoded: &nodes),
                                    value: Self.comparable(try nodes.required()))
                            })
                    }
                }
                names.append(name)
            }
        }
        self.names = names
    }

    /// The text without its type, so that one text in two string types is one; other values with theirs.
    private static func comparable(_ node: ASN1Node) -> [UInt8] {
        let texts: [ASN1Identifier] = [.utf8String, .printableString, .ia5String, .teletexString]
        guard texts.contains(node.identifier), case .primitive(let octets) = node.content else {
            return Array(node.encodedBytes)
        }
        let words = octets.split(separator: UInt8(ascii: " "))
        return Array(words.joined(separator: [UInt8(ascii: " ")])).map {
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0
        }
    }
}
