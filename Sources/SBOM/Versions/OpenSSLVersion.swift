/// A release of OpenSSL: `1.1.1w` with letters for patches until 1.1.1, Semantic Versioning since 3.0.0, as OpenSSL's
/// release strategy says. `1.0.2za` follows `1.0.2z`.
struct OpenSSLVersion: VersionForm {
    private let numbers: [DecimalNumber]
    private let letters: [UInt8]
    private let preRelease: [PreReleaseIdentifier]

    init?(_ text: [UInt8]) {
        var rest = text[...]
        let core = rest.take { $0.isASCIIDigit || $0 == UInt8(ascii: ".") }.parts(".")
        guard core.count <= 3, core.allSatisfy({ !$0.isEmpty }) else { return nil }
        numbers = (0..<3).map { $0 < core.count ? DecimalNumber(core[$0]) : .zero }
        letters = rest.take(while: \.isASCIILetter).map(\.asciiLowercased)
        var preRelease: [PreReleaseIdentifier] = []
        if rest.take("-") {
            let identifiers = rest.take { $0 != UInt8(ascii: "+") }.parts(".")
            guard identifiers.allSatisfy(PreReleaseIdentifier.isValid) else { return nil }
            preRelease = identifiers.map { PreReleaseIdentifier(Array($0)) }
        }
        guard rest.isEmpty || rest.first == UInt8(ascii: "+") else { return nil }
        self.preRelease = preRelease
    }

    static func order(_ left: OpenSSLVersion, _ right: OpenSSLVersion) -> VersionOrder {
        VersionOrder.ofLists(left.numbers, right.numbers, by: VersionOrder.of)
            .or(.ofBytes(left.letters, right.letters))
            .or(PreReleaseIdentifier.order(left.preRelease, right.preRelease))
    }
}
