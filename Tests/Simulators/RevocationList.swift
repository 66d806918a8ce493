package import PKI
package import Signing
package import StrictEncoding

/// Every field of a revocation list (RFC 5280 section 5.1), to be altered before it is signed.
package struct RevocationListTemplate: Sendable {
    /// 1 is version 2; nil leaves it out, as version 1 does.
    package var version: Int? = 1
    /// DER of a `Name`.
    package var issuer: [UInt8]
    /// DER of a `Time`.
    package var thisUpdate = DEREncoding.generalizedTime(SimulatedCA.now.adding(seconds: -3600))
    package var nextUpdate: [UInt8]? = DEREncoding.generalizedTime(SimulatedCA.now.adding(seconds: 86400))
    /// Left out when empty; see ``writesEmptyList``.
    package var entries: [Entry] = []
    package var writesEmptyList = false
    package var extensions: [CertificateTemplate.Extension] = [.cRLNumber([7])]
    /// DER of the algorithm inside and outside; the one that signs when nil.
    package var innerAlgorithm: [UInt8]?
    package var outerAlgorithm: [UInt8]?
    package var scheme = SignatureScheme.ecdsaSHA256

    package init(issuer: [UInt8]) { self.issuer = issuer }

    /// The list of one of the simulator's authorities.
    package init(of issuer: IssuedCertificate) { self.init(issuer: issuer.template.subject) }

    package struct Entry: Sendable {
        /// The content octets.
        package var serialNumber: [UInt8]
        /// DER of a `Time`.
        package var date: [UInt8]
        package var extensions: [CertificateTemplate.Extension]

        package init(
            _ serialNumber: [UInt8], on date: Instant, reason: UInt8? = nil, invalidSince: Instant? = nil
        ) {
            self.serialNumber = serialNumber
            self.date = DEREncoding.generalizedTime(date)
            extensions = reason.map { [.init("2.5.29.21", [0x0a, 1, $0])] } ?? []
            if let invalidSince { extensions.append(.init("2.5.29.24", DEREncoding.generalizedTime(invalidSince))) }
        }

        fileprivate var encoded: [UInt8] {
            DEREncoding.sequence(
                DEREncoding.tlv(0x02, serialNumber), date,
                extensions.isEmpty ? [] : DEREncoding.sequence(extensions.flatMap(\.encoded)))
        }
    }

    package func signed(by key: PrivateKey) throws -> [UInt8] {
        var scheme = scheme
        if !scheme.isUsable(with: key.publicKey.kind) {
            scheme = SignatureScheme.defaults(for: key.publicKey.kind).first ?? scheme
        }
        let list =
            entries.isEmpty && !writesEmptyList ? [] : DEREncoding.sequence(entries.flatMap(\.encoded))
        let signedBytes = DEREncoding.sequence(
            version.map(DEREncoding.integer) ?? [], innerAlgorithm ?? CertificateTemplate.algorithm(scheme), issuer,
            thisUpdate, nextUpdate ?? [], list,
            extensions.isEmpty
                ? [] : DEREncoding.explicit(0, DEREncoding.sequence(extensions.flatMap(\.encoded))))
        let signature = try key.sign(signedBytes, scheme: scheme)
        return DEREncoding.sequence(
            signedBytes, outerAlgorithm ?? CertificateTemplate.algorithm(scheme), DEREncoding.bits(signature))
    }

    /// Replaces the extension of that name, or adds it.
    package mutating func set(_ new: CertificateTemplate.Extension) {
        extensions.removeAll { $0.oid == new.oid }
        extensions.append(new)
    }
}

extension CertificateTemplate.Extension {
    /// RFC 5280 section 5.2.3, by the content octets of the number.
    package static func cRLNumber(_ octets: [UInt8], isCritical: Bool = false) -> Self {
        Self("2.5.29.20", isCritical: isCritical, DEREncoding.tlv(0x02, octets))
    }
}
