/// `1!2.0rc1.post2.dev3+local.4`, read and compared as the Python version specifiers specification (PEP 440) says.
struct PythonVersion: VersionForm {
    let epoch: DecimalNumber
    /// As written, with trailing zeros.
    let release: [DecimalNumber]
    private let pre: (rank: Int, number: DecimalNumber)?
    private let post, dev: DecimalNumber?
    private let local: [PreReleaseIdentifier]

    /// Appendix B, without regular expressions. Spellings of one meaning are one version.
    init?(_ text: [UInt8]) {
        var rest = text[...]
        let isBlank = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
        _ = rest.take(while: isBlank)
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        _ = rest.take(word: "v")

        var digits = rest.take(while: \.isASCIIDigit)
        guard !digits.isEmpty else { return nil }
        var epoch = DecimalNumber.zero
        if rest.take("!") {
            epoch = DecimalNumber(digits)
            digits = rest.take(while: \.isASCIIDigit)
            guard !digits.isEmpty else { return nil }
        }
        var release = [DecimalNumber(digits)]
        while rest.first == UInt8(ascii: "."), rest.dropFirst().first?.isASCIIDigit == true {
            rest.removeFirst()
            release.append(DecimalNumber(rest.take(while: \.isASCIIDigit)))
        }

        pre = Self.suffix(
            &rest, [("alpha", 0), ("a", 0), ("beta", 1), ("b", 1), ("rc", 2), ("preview", 2), ("pre", 2), ("c", 2)])
        // `1.0-1` is a post-release without the word.
        if rest.first == UInt8(ascii: "-"), rest.dropFirst().first?.isASCIIDigit == true {
            rest.removeFirst()
            post = DecimalNumber(rest.take(while: \.isASCIIDigit))
        } else {
            post = Self.suffix(&rest, [("post", 0), ("rev", 0), ("r", 0)])?.number
        }
        dev = Self.suffix(&rest, [("dev", 0)])?.number

        var local: [PreReleaseIdentifier] = []
        if rest.take("+") {
            let parts = rest.split(omittingEmptySubsequences: false) { "-._".utf8.contains($0) }
            guard parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isASCIIAlphanumeric) }) else { return nil }
            local = parts.map { PreReleaseIdentifier($0.map(\.asciiLowercased)) }
            rest = []
        }
        guard rest.isEmpty else { return nil }
        self.epoch = epoch
        self.release = release
        self.local = local
    }

    /// A word, separators around it, and a number that may be missing. Takes nothing off if there is no such word.
    private static func suffix(
        _ rest: inout ArraySlice<UInt8>, _ words: [(name: String, rank: Int)]
    ) -> (rank: Int, number: DecimalNumber)? {
        let isSeparator = { (byte: UInt8) in "-._".utf8.contains(byte) }
        var attempt = rest
        if let first = attempt.first, isSeparator(first) { attempt.removeFirst() }
        guard let word = words.first(where: { attempt.take(word: $0.name) }) else { return nil }
        if let first = attempt.first, isSeparator(first) { attempt.removeFirst() }
        rest = attempt
        return (word.rank, DecimalNumber(rest.take(while: \.isASCIIDigit)))
    }

    static func order(_ left: PythonVersion, _ right: PythonVersion) -> VersionOrder {
        let length = max(left.release.count, right.release.count)
        return VersionOrder.of(left.epoch, right.epoch)
            .or(.ofLists(left.padded(length), right.padded(length), by: VersionOrder.of))
            .or(.of(left.preRank, right.preRank))
            .or(.of(left.pre?.number ?? .zero, right.pre?.number ?? .zero))
            .or(.of(left.post == nil ? 0 : 1, right.post == nil ? 0 : 1))
            .or(.of(left.post ?? .zero, right.post ?? .zero))
            .or(.of(left.dev == nil ? 1 : 0, right.dev == nil ? 1 : 0))
            .or(.of(left.dev ?? .zero, right.dev ?? .zero))
            .or(localOrder(left.local, right.local))
    }

    /// Zeros are added until both have the same length.
    private func padded(_ length: Int) -> [DecimalNumber] {
        release + Array(repeating: .zero, count: length - release.count)
    }

    /// A development release of a final release comes before its first alpha.
    private var preRank: Int {
        if let pre { return pre.rank }
        return post == nil && dev != nil ? -1 : 3
    }

    /// No local version comes before any, texts before numbers, a beginning before what goes on.
    private static func localOrder(_ left: [PreReleaseIdentifier], _ right: [PreReleaseIdentifier]) -> VersionOrder {
        .ofLists(left, right) { one, other in
            switch (one, other) {
            case (.number(let one), .number(let other)): .of(one, other)
            case (.text(let one), .text(let other)): .ofBytes(one, other)
            case (.number, .text): .greater
            case (.text, .number): .less
            }
        }
    }

    /// Whether a local version is said.
    var hasLocal: Bool { !local.isEmpty }
}
