/// A natural number of any size, so that no date or hash in a version overflows.
struct DecimalNumber: Hashable, Comparable, Sendable {
    /// Without leading zeros; zero has none.
    let digits: [UInt8]

    /// The number that these ASCII digits write.
    init(_ digits: some Sequence<UInt8>) { self.digits = Array(digits.drop { $0 == UInt8(ascii: "0") }) }

    static let zero = DecimalNumber([])

    var isZero: Bool { digits.isEmpty }

    static func < (left: DecimalNumber, right: DecimalNumber) -> Bool {
        left.digits.count == right.digits.count
            ? left.digits.lexicographicallyPrecedes(right.digits) : left.digits.count < right.digits.count
    }

    /// The next number, in decimal.
    var successor: String {
        var digits = digits
        var index = digits.count - 1
        while index >= 0, digits[index] == UInt8(ascii: "9") {
            digits[index] = UInt8(ascii: "0")
            index -= 1
        }
        if index >= 0 { digits[index] += 1 } else { digits.insert(UInt8(ascii: "1"), at: 0) }
        return String(decoding: digits, as: UTF8.self)
    }

    var text: String { isZero ? "0" : String(decoding: digits, as: UTF8.self) }
}

extension ArraySlice<UInt8> {
    /// Takes off the front what the predicate holds for.
    mutating func take(while predicate: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let taken = prefix(while: predicate)
        self = self[taken.endIndex...]
        return taken
    }

    /// Takes off one character if it is there.
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard first == UInt8(ascii: character) else { return false }
        removeFirst()
        return true
    }

    /// Takes off a word if it is there, whatever its letter case; the word is given in lower case.
    mutating func take(word: String) -> Bool {
        guard count >= word.utf8.count, zip(self, word.utf8).allSatisfy({ $0.asciiLowercased == $1 }) else {
            return false
        }
        self = dropFirst(word.utf8.count)
        return true
    }

    /// The parts between the separators, empty ones too.
    func parts(_ separator: Unicode.Scalar) -> [ArraySlice<UInt8>] {
        split(separator: UInt8(ascii: separator), omittingEmptySubsequences: false)
    }

    /// An epoch before the first colon, and the rest; nil if there is a colon and no number before it.
    func splitEpoch() -> (epoch: DecimalNumber, rest: ArraySlice<UInt8>)? {
        guard let colon = firstIndex(of: UInt8(ascii: ":")) else { return (.zero, self) }
        let epoch = self[..<colon]
        guard !epoch.isEmpty, epoch.allSatisfy(\.isASCIIDigit) else { return nil }
        return (DecimalNumber(epoch), self[colon...].dropFirst())
    }

    /// What is before and behind the last hyphen; nothing behind if there is none.
    func splitLastHyphen() -> (front: ArraySlice<UInt8>, back: ArraySlice<UInt8>?) {
        guard let hyphen = lastIndex(of: UInt8(ascii: "-")) else { return (self, nil) }
        return (self[..<hyphen], self[hyphen...].dropFirst())
    }
}

extension UInt8 {
    var asciiLowercased: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }
}

extension VersionOrder {
    /// Element by element; where one list ends, it is the lesser.
    static func ofLists<Element>(
        _ left: [Element], _ right: [Element], by order: (Element, Element) -> VersionOrder
    ) -> VersionOrder {
        for (one, other) in zip(left, right) {
            let found = order(one, other)
            if found != .equal { return found }
        }
        return of(left.count, right.count)
    }

    static func ofBytes(_ left: [UInt8], _ right: [UInt8]) -> VersionOrder { ofLists(left, right, by: of) }
}
