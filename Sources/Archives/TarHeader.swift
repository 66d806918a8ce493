/// The fields of a 512-byte tar header that matter here (POSIX.1-1988 "ustar", POSIX.1-2001 "pax", GNU).
struct TarHeader {
    /// What follows or stands for the entry.
    enum Kind: Equatable {
        case file, directory, link, device
        /// pax extended header of the next entry, or of all that follow.
        case extended, globalExtended
        /// GNU: the data is the name, or the link target, of the next entry.
        case longName, longLink
        /// GNU: a file with holes.
        case sparse
        /// A type that POSIX leaves to vendors, or one that nobody defined.
        case other
    }

    static let size = 512

    let kind: Kind
    /// As in the header, prefix included; nothing is normalised.
    let name: [UInt8]
    /// Bytes of data that follow.
    let size: Int

    /// - Throws: `ArchiveError.malformed` for a wrong checksum, or for numbers that are none or are negative.
    init(_ block: [UInt8]) throws(ArchiveError) {
        guard block.count == Self.size else { throw .cutShort }
        guard try Self.number(block[148..<156]) == Self.checksum(of: block) else {
            throw .malformed("a tar header with a right checksum, found a wrong one")
        }
        size = try Self.number(block[124..<136])
        let isPOSIX = block[257..<265].elementsEqual("ustar\u{0}00".utf8)
        let short = Self.text(block[0..<100])
        // GNU archives have no prefix; other fields lie in its place.
        let prefix = isPOSIX ? Self.text(block[345..<500]) : []
        name = prefix.isEmpty ? short : prefix + [UInt8(ascii: "/")] + short
        kind =
            switch block[156] {
            // Archives older than POSIX mark a directory by the slash alone.
            case 0 where short.last == UInt8(ascii: "/"): .directory
            case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): .file
            case UInt8(ascii: "1"), UInt8(ascii: "2"): .link
            case UInt8(ascii: "3"), UInt8(ascii: "4"), UInt8(ascii: "6"): .device
            case UInt8(ascii: "5"): .directory
            case UInt8(ascii: "x"): .extended
            case UInt8(ascii: "g"): .globalExtended
            case UInt8(ascii: "L"): .longName
            case UInt8(ascii: "K"): .longLink
            case UInt8(ascii: "S"): .sparse
            default: .other
            }
    }

    /// The sum of all bytes, the checksum's own counted as spaces.
    private static func checksum(of block: [UInt8]) -> Int {
        block.reduce(0) { $0 + Int($1) } - block[148..<156].reduce(0) { $0 + Int($1) } + 8 * 0x20
    }

    /// Up to the first zero byte.
    private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] { Array(field.prefix { $0 != 0 }) }

    /// Octal digits between spaces or zero bytes; or, where the first bit is set, a big-endian number in base 256.
    private static func number(_ field: ArraySlice<UInt8>) throws(ArchiveError) -> Int {
        if let first = field.first, first & 0x80 != 0 {
            // 0xFF begins a negative number.
            guard first == 0x80 else { throw .malformed("a size in a tar header, found a number out of range") }
            return try digits(field.dropFirst(), base: 256) { Int($0) }
        }
        let blank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0 }
        let trimmed = field.drop(while: blank)
        let end = trimmed.firstIndex(where: blank) ?? trimmed.endIndex
        guard trimmed[end...].allSatisfy(blank) else { throw .malformed("a number in a tar header, found other text") }
        return try digits(trimmed[..<end], base: 8) { (0x30...0x37).contains($0) ? Int($0 - 0x30) : nil }
    }

    private static func digits(
        _ digits: ArraySlice<UInt8>, base: Int, value: (UInt8) -> Int?
    ) throws(ArchiveError) -> Int {
        var number = 0
        for digit in digits {
            guard let digit = value(digit) else { throw .malformed("a number in a tar header, found other text") }
            let (product, overflow) = number.multipliedReportingOverflow(by: base)
            let (sum, carry) = product.addingReportingOverflow(digit)
            guard !overflow, !carry else { throw .malformed("a size in a tar header, found a number out of range") }
            number = sum
        }
        return number
    }
}

/// The records of a pax extended header that matter here (POSIX.1-2001 pax, "pax Extended Header").
struct PaxRecords {
    private(set) var path: [UInt8]?
    private(set) var size: Int?
    private(set) var isSparse = false

    /// - Throws: `ArchiveError.malformed` unless the data is a list of `length key=value\n`, with no key that matters
    ///   there twice: readers differ on which one counts.
    init(_ data: [UInt8]) throws(ArchiveError) {
        var rest = data[...]
        var seen: Set<[UInt8]> = []
        while !rest.isEmpty {
            let (key, value) = try Self.record(&rest)
            let matters = ["path", "linkpath", "size"].contains { key.elementsEqual($0.utf8) }
            guard !matters || seen.insert(Array(key)).inserted else {
                throw .malformed("each pax record once, found one twice")
            }
            if key.elementsEqual("path".utf8) {
                guard !value.isEmpty, !value.contains(0) else { throw .malformed("a path in a pax header") }
                path = Array(value)
            } else if key.elementsEqual("size".utf8) {
                guard let number = Self.decimal(value) else { throw .malformed("a size in a pax header") }
                size = number
            } else if key.starts(with: "GNU.sparse.".utf8) {
                isSparse = true
            }
        }
    }

    private static func record(
        _ rest: inout ArraySlice<UInt8>
    ) throws(ArchiveError) -> (key: ArraySlice<UInt8>, value: ArraySlice<UInt8>) {
        let malformed = ArchiveError.malformed("pax records of the form `length key=value`")
        guard let space = rest.firstIndex(of: 0x20), let length = decimal(rest[..<space]),
            length <= rest.count, length > space - rest.startIndex + 1
        else { throw malformed }
        let record = rest.prefix(length)
        rest = rest.dropFirst(length)
        guard record.last == 0x0A, let equals = record[space...].firstIndex(of: UInt8(ascii: "=")) else {
            throw malformed
        }
        return (record[(space + 1)..<equals], record[(equals + 1)...].dropLast())
    }

    private static func decimal(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.count <= 18 else { return nil }
        var number = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            number = number * 10 + Int(digit - 0x30)
        }
        return number
    }
}
