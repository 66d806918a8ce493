package import StrictEncoding

/// DER written by hand, so that what is under test never writes its own test cases, and anything can be written wrong.
package enum DEREncoding {
    package static func tlv(_ tag: UInt8, _ content: [UInt8]...) -> [UInt8] {
        let content = content.flatMap { $0 }
        var length: [UInt8] = []
        var rest = content.count
        while rest > 0 {
            length.insert(UInt8(rest & 0xff), at: 0)
            rest >>= 8
        }
        if content.count < 0x80 { return [tag, UInt8(content.count)] + content }
        return [tag, 0x80 | UInt8(length.count)] + length + content
    }

    package static func sequence(_ content: [UInt8]...) -> [UInt8] { tlv(0x30, content.flatMap { $0 }) }
    /// Of a set's members, in the order of DER.
    package static func set(_ members: [[UInt8]]) -> [UInt8] {
        tlv(0x31, members.sorted { $0.lexicographicallyPrecedes($1) }.flatMap { $0 })
    }
    package static func explicit(_ number: UInt8, _ content: [UInt8]) -> [UInt8] { tlv(0xa0 | number, content) }
    package static func octets(_ content: [UInt8]) -> [UInt8] { tlv(0x04, content) }
    package static func bits(_ content: [UInt8], unused: UInt8 = 0) -> [UInt8] { tlv(0x03, [unused], content) }
    package static func utf8(_ text: String) -> [UInt8] { tlv(0x0c, Array(text.utf8)) }
    package static func boolean(_ value: Bool) -> [UInt8] { [0x01, 0x01, value ? 0xff : 0] }
    package static let null: [UInt8] = [0x05, 0x00]

    package static func integer(_ value: Int) -> [UInt8] {
        var content: [UInt8] = []
        var rest = value
        repeat {
            content.insert(UInt8(rest & 0xff), at: 0)
            rest >>= 8
        } while rest > 0
        return tlv(0x02, content[0] & 0x80 == 0 ? content : [0] + content)
    }

    /// An object identifier from its dotted form.
    package static func oid(_ dotted: String) -> [UInt8] {
        let arcs = dotted.split(separator: ".").compactMap { UInt64($0) }
        var content: [UInt8] = []
        for arc in [arcs[0] * 40 + arcs[1]] + arcs.dropFirst(2) {
            var groups: [UInt8] = [UInt8(arc & 0x7f)]
            var rest = arc >> 7
            while rest > 0 {
                groups.insert(UInt8(rest & 0x7f) | 0x80, at: 0)
                rest >>= 7
            }
            content += groups
        }
        return tlv(0x06, content)
    }

    /// `GeneralizedTime`, with a fraction as given: `.25`.
    package static func generalizedTime(_ instant: Instant, fraction: String = "") -> [UInt8] {
        let digits = String(instant.description.unicodeScalars.filter { ("0"..."9").contains($0) }.map(Character.init))
        return tlv(0x18, Array((digits + fraction + "Z").utf8))
    }

    /// A `Name` with an organisation and a common name.
    package static func name(_ commonName: String, organisation: String = "example") -> [UInt8] {
        sequence(
            tlv(0x31, sequence(oid("2.5.4.10"), utf8(organisation))),
            tlv(0x31, sequence(oid("2.5.4.3"), utf8(commonName))))
    }
}
