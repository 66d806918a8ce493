import StrictEncoding

/// Makes names that documents, signers and rules may have, of whatever the original is called.
package struct DraftNames: Sendable {
    private var taken: Set<ExactString> = []
    /// The number from which a name that is taken is tried: thousands of one name cost no more than thousands.
    private var last: [ExactString: Int] = [:]

    package init() {}

    /// A name close to the text that was not given before: lower case, everything else as `-`, at most 63 bytes.
    package mutating func name(_ text: String, otherwise: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8.prefix(256) {
            let lower = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
            let isKept = (0x61...0x7A).contains(lower) || (0x30...0x39).contains(lower) || lower == UInt8(ascii: ".")
            if isKept {
                bytes.append(lower)
            } else if bytes.last != UInt8(ascii: "-") {
                bytes.append(UInt8(ascii: "-"))
            }
        }
        var base = Self.trimmed(bytes[...].prefix(48))
        if base.isEmpty { base = otherwise }
        var name = base
        var number = last[ExactString(base)] ?? 1
        while !taken.insert(ExactString(name)).inserted {
            number += 1
            name = "\(base)-\(number)"
        }
        last[ExactString(base)] = number
        return name
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        let isEdge = { (byte: UInt8) in byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") }
        var rest = bytes.drop(while: isEdge)
        while let last = rest.last, isEdge(last) { rest = rest.dropLast() }
        return String(decoding: rest, as: UTF8.self)
    }
}
