/// `1.2.3-rc.1+build`, compared as Semantic Versioning 2.0.0 section 11 says; also what npm, Cargo and Go modules use.
///
/// Read more generously than written: a leading `v`, leading zeros, and one or two numbers instead of three, the others
/// being zero. Build metadata does not count, which for Go also means `+incompatible`.
struct SemanticVersion: VersionForm {
    let numbers: [DecimalNumber]
    let preRelease: [PreReleaseIdentifier]

    init?(_ text: [UInt8]) {
        guard let (numbers, preRelease) = Self.parse(text, mostNumbers: 3) else { return nil }
        self.numbers = numbers
        self.preRelease = preRelease
    }

    static func order(_ left: SemanticVersion, _ right: SemanticVersion) -> VersionOrder {
        VersionOrder.ofLists(left.numbers, right.numbers, by: VersionOrder.of)
            .or(PreReleaseIdentifier.order(left.preRelease, right.preRelease))
    }

    /// All numbers, missing ones as zero, and the identifiers of the pre-release.
    static func parse(
        _ text: [UInt8], mostNumbers: Int
    ) -> (numbers: [DecimalNumber], preRelease: [PreReleaseIdentifier])? {
        var rest = text[...]
        _ = rest.take(word: "v")
        let core = rest.take { $0.isASCIIDigit || $0 == UInt8(ascii: ".") }
        let parts = core.parts(".")
        guard parts.count <= mostNumbers, !parts.contains(where: \.isEmpty) else { return nil }
        var numbers = parts.map { DecimalNumber($0) }
        while numbers.count < mostNumbers { numbers.append(.zero) }
        var preRelease: [PreReleaseIdentifier] = []
        if rest.take("-") {
            let identifiers = rest.take { $0 != UInt8(ascii: "+") }.parts(".")
            guard identifiers.allSatisfy(PreReleaseIdentifier.isValid) else { return nil }
            preRelease = identifiers.map { PreReleaseIdentifier(Array($0)) }
        }
        if rest.take("+") {
            guard rest.parts(".").allSatisfy(PreReleaseIdentifier.isValid) else { return nil }
            rest = []
        }
        return rest.isEmpty ? (numbers, preRelease) : nil
    }
}

/// A part of what follows the hyphen (section 9).
enum PreReleaseIdentifier: Sendable {
    case number(DecimalNumber)
    case text([UInt8])

    init(_ bytes: [UInt8]) {
        self = bytes.allSatisfy(\.isASCIIDigit) ? .number(DecimalNumber(bytes)) : .text(bytes)
    }

    static func isValid(_ bytes: ArraySlice<UInt8>) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }
    }

    /// Without any is newer than with one; numbers before texts; a longer list after its beginning (section 11.3, 11.4).
    static func order(_ left: [PreReleaseIdentifier], _ right: [PreReleaseIdentifier]) -> VersionOrder {
        if left.isEmpty || right.isEmpty { return .of(left.isEmpty ? 1 : 0, right.isEmpty ? 1 : 0) }
        return .ofLists(left, right) { one, other in
            switch (one, other) {
            case (.number(let one), .number(let other)): .of(one, other)
            case (.text(let one), .text(let other)): .ofBytes(one, other)
            case (.number, .text): .less
            case (.text, .number): .greater
            }
        }
    }
}

/// Semantic Versioning with up to four numbers and without letter case, as NuGet's versioning documentation says.
struct NuGetVersion: VersionForm {
    private let numbers: [DecimalNumber]
    private let preRelease: [PreReleaseIdentifier]

    init?(_ text: [UInt8]) {
        guard let (numbers, preRelease) = SemanticVersion.parse(text.map(\.asciiLowercased), mostNumbers: 4) else {
            return nil
        }
        self.numbers = numbers
        self.preRelease = preRelease
    }

    static func order(_ left: NuGetVersion, _ right: NuGetVersion) -> VersionOrder {
        VersionOrder.ofLists(left.numbers, right.numbers, by: VersionOrder.of)
            .or(PreReleaseIdentifier.order(left.preRelease, right.preRelease))
    }
}
