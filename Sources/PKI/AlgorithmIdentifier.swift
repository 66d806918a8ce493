package import SwiftASN1

/// `AlgorithmIdentifier`, RFC 5280 section 4.1.1.2.
package struct AlgorithmIdentifier: DERImplicitlyTaggable, Hashable, Sendable {
    package let algorithm: ASN1ObjectIdentifier
    package let parameters: ASN1Any?

    package init(_ algorithm: ASN1ObjectIdentifier, parameters: ASN1Any?) {
        self.algorithm = algorithm
        self.parameters = parameters
    }

    package static var defaultIdentifier: ASN1Identifier { .sequence }

    package init(derEncoded node: ASN1Node, withIdentifier identifier: ASN1Identifier) throws {
        self = try DER.sequence(node, identifier: identifier) { nodes in
            AlgorithmIdentifier(
                try ASN1ObjectIdentifier(derEncoded: &nodes),
                parameters: nodes.next().map { ASN1Any(derEncoded: $0) })
        }
    }

    package func serialize(into coder: inout DER.Serializer, withIdentifier identifier: ASN1Identifier) throws {
        try coder.appendConstructedNode(identifier: identifier) { coder in
            try coder.serialize(algorithm)
            if let parameters { try coder.serialize(parameters) }
        }
    }
}

extension ASN1ObjectIdentifier {
    /// RFC 5480 section 2.1.1, and its curves from section 2.1.1.1.
    package static let ecPublicKey: ASN1ObjectIdentifier = [1, 2, 840, 10045, 2, 1]
    package static let secp256r1: ASN1ObjectIdentifier = [1, 2, 840, 10045, 3, 1, 7]
    package static let secp384r1: ASN1ObjectIdentifier = [1, 3, 132, 0, 34]
    package static let secp521r1: ASN1ObjectIdentifier = [1, 3, 132, 0, 35]
    /// RFC 8410 section 3.
    package static let ed25519: ASN1ObjectIdentifier = [1, 3, 101, 112]
    /// RFC 3279 section 2.3.1.
    package static let rsaEncryption: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 1, 1]
}
