/// Makes a tar (POSIX.1-1988 "ustar") in memory: plain files, in the order in which they are added.
///
/// The same files give the same bytes: there is no time, owner or host in it.
package struct TarWriter {
    private var bytes: [UInt8] = []

    package init() {}

    /// Adds a plain file. A name beyond the 100 bytes of the header goes into a pax header before it.
    ///
    /// - Parameter name: components joined by `/`, none of them empty, `.` or `..`.
    package mutating func add(_ name: String, _ data: [UInt8]) {
        let name = Array(name.utf8)
        if name.count > Self.longestName { append(Array("pax".utf8), type: "x", Self.paxRecord("path", name)) }
        append(Array(name.prefix(Self.longestName)), type: "0", data)
    }

    /// The archive: what was added, and two blocks of zeros.
    package var ended: [UInt8] { bytes + [UInt8](repeating: 0, count: 2 * TarHeader.size) }

    private static let longestName = 100

    private mutating func append(_ name: [UInt8], type: Unicode.Scalar, _ data: [UInt8]) {
        bytes += Self.header(name, type: type, size: data.count)
        bytes += data
        let padding = (TarHeader.size - data.count % TarHeader.size) % TarHeader.size
        bytes += [UInt8](repeating: 0, count: padding)
    }

    private static func header(_ name: [UInt8], type: Unicode.Scalar, size: Int) -> [UInt8] {
        var block: [UInt8] = []
        block += field(name, count: 100)
        // Mode, user, group; size; time; and for now the checksum as spaces.
        block += field(octal(0o644, digits: 7), count: 8)
        block += field(octal(0, digits: 7), count: 8)
        block += field(octal(0, digits: 7), count: 8)
        block += field(octal(size, digits: 11), count: 12)
        block += field(octal(0, digits: 11), count: 12)
        let checksum = block.count
        block += [UInt8](repeating: 0x20, count: 8)
        block.append(UInt8(truncatingIfNeeded: type.value))
        block += [UInt8](repeating: 0, count: 100)
        block += Array("ustar\u{0}00".utf8)
        block += [UInt8](repeating: 0, count: TarHeader.size - block.count)
        let sum = block.reduce(0) { $0 + Int($1) }
        block.replaceSubrange(checksum..<checksum + 8, with: octal(sum, digits: 6) + [0, 0x20])
        return block
    }

    private static func field(_ text: [UInt8], count: Int) -> [UInt8] {
        text + [UInt8](repeating: 0, count: max(0, count - text.count))
    }

    /// Digits of base 8, the least of which are kept: eleven of them are 8 GiB, more than a process holds.
    private static func octal(_ number: Int, digits: Int) -> [UInt8] {
        (0..<digits).reversed().map { UInt8(ascii: "0") + UInt8((number >> (3 * $0)) & 7) }
    }

    /// `length key=value\n`, the length's own digits counted.
    private static func paxRecord(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let rest = Array(" \(key)=".utf8) + value + [0x0A]
        var length = rest.count
        while length != rest.count + String(length).utf8.count { length = rest.count + String(length).utf8.count }
        return Array(String(length).utf8) + rest
    }
}
