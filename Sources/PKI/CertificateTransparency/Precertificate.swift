import SwiftASN1

/// The part of a precertificate that a log signs, rebuilt from the certificate that came of it (RFC 6962 section 3.2).
enum Precertificate {
    /// `tbsCertificate` without the extension that holds the log's promises.
    ///
    /// Everything else is copied byte for byte, never decoded and written again: only the lengths around it change.
    static func signedBytes(of certificate: Certificate) throws(SCTError) -> [UInt8] {
        do {
            var coder = DER.Serializer()
            try coder.appendConstructedNode(identifier: .sequence) { coder in
                try DER.sequence(DER.parse(certificate.signedBytes), identifier: .sequence) { nodes in
                    while let node = nodes.next() {
                        if node.identifier == extensionsTag {
                            try DER.explicitlyTagged(node, tagNumber: 3, tagClass: .contextSpecific) {
                                try append($0, to: &coder)
                            }
                        } else {
                            coder.serializeRawBytes(node.encodedBytes)
                        }
                    }
                }
            }
            return coder.serializedBytes
        } catch {
            throw .malformed
        }
    }

    private static let extensionsTag = ASN1Identifier(tagWithNumber: 3, tagClass: .contextSpecific)

    private static func append(_ extensions: ASN1Node, to coder: inout DER.Serializer) throws {
        var kept: [ArraySlice<UInt8>] = []
        try DER.sequence(extensions, identifier: .sequence) { nodes in
            while let node = nodes.next() {
                let oid = try DER.sequence(node, identifier: .sequence) { nodes in
                    let oid = try ASN1ObjectIdentifier(derEncoded: &nodes)
                    while nodes.next() != nil {}
                    return oid
                }
                if oid != .embeddedSCTList { kept.append(node.encodedBytes) }
            }
        }
        // `Extensions` is never empty; without any, the field is left out.
        guard !kept.isEmpty else { return }
        coder.appendConstructedNode(identifier: extensionsTag) { coder in
            coder.appendConstructedNode(identifier: .sequence) { coder in
                for one in kept { coder.serializeRawBytes(one) }
            }
        }
    }
}
