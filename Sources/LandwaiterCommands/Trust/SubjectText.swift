import PKI

extension DistinguishedName {
    /// Names for people, like `CN=simulator root, O=example`: what RFC 4514 has short words for, in their order. Text from
    /// outside, not escaped, and never compared. Empty if nothing of it can be shown.
    var text: String {
        var words: [String] = []
        for relative in DERElement.all(in: DERElement.all(in: der[...]).first?.content ?? []) {
            for attribute in DERElement.all(in: relative.content) {
                let parts = DERElement.all(in: attribute.content)
                guard parts.count == 2, let word = Self.words[Array(parts[0].content)],
                    // UTF8String, PrintableString, IA5String
                    [0x0C, 0x13, 0x16].contains(parts[1].tag)
                else { continue }
                words.append(word + "=" + String(decoding: parts[1].content, as: UTF8.self))
            }
        }
        return words.joined(separator: ", ")
    }

    /// Attributes of 2.5.4, RFC 5280 appendix A.1.
    private static let words: [[UInt8]: String] = [
        [0x55, 4, 3]: "CN", [0x55, 4, 6]: "C", [0x55, 4, 10]: "O", [0x55, 4, 11]: "OU",
    ]
}

/// Reads what is known to be DER, because a certificate was made of it: names are short, so lengths of two bytes do.
private struct DERElement {
    let tag: UInt8
    let content: ArraySlice<UInt8>

    /// The elements that follow each other, as far as they can be read.
    static func all(in bytes: ArraySlice<UInt8>) -> [DERElement] {
        var elements: [DERElement] = []
        var rest = bytes
        while let tag = rest.popFirst(), let first = rest.popFirst() {
            var length = Int(first)
            if first >= 0x80 {
                guard (0x81...0x82).contains(first) else { return elements }
                length = 0
                for _ in 0..<(first - 0x80) {
                    guard let byte = rest.popFirst() else { return elements }
                    length = length << 8 | Int(byte)
                }
            }
            guard rest.count >= length else { return elements }
            elements.append(DERElement(tag: tag, content: rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return elements
    }
}
