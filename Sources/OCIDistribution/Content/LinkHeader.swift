/// The next page by the field `Link` (RFC 8288), as distribution-spec "Pagination" uses it.
enum LinkHeader {
    /// The target of the first link whose relation is `next`, as written; nil if there is none.
    static func next(in fields: [String]) -> String? {
        for field in fields {
            var rest = field.utf8[...]
            while let open = rest.firstIndex(of: UInt8(ascii: "<")) {
                rest = rest[rest.index(after: open)...]
                guard let close = rest.firstIndex(of: UInt8(ascii: ">")) else { break }
                let target = String(Substring(rest[..<close]))
                rest = rest[rest.index(after: close)...]
                let parameters = parameters(&rest)
                if parameters.contains(where: { $0.name == "rel" && isNext($0.value) }) { return target }
            }
        }
        return nil
    }

    /// A relation is a list of words.
    private static func isNext(_ value: String) -> Bool { value.lowercased().split(separator: " ").contains("next") }

    /// Up to the comma that ends the link.
    private static func parameters(_ rest: inout Substring.UTF8View) -> [(name: String, value: String)] {
        var found: [(name: String, value: String)] = []
        var name: [UInt8] = []
        var value: [UInt8]?
        var isQuoted = false
        func text(_ bytes: [UInt8]) -> String {
            String(decoding: bytes, as: UTF8.self).trimmingSpaces
        }
        while let byte = rest.first {
            if isQuoted {
                rest = rest.dropFirst()
                if byte == UInt8(ascii: "\"") { isQuoted = false } else { value?.append(byte) }
                continue
            }
            if byte == UInt8(ascii: ",") { break }
            rest = rest.dropFirst()
            switch byte {
            case UInt8(ascii: ";"):
                if let value { found.append((text(name).lowercased(), text(value))) }
                name = []
                value = nil
            case UInt8(ascii: "=") where value == nil: value = []
            case UInt8(ascii: "\"") where value != nil: isQuoted = true
            default: if value == nil { name.append(byte) } else { value?.append(byte) }
            }
        }
        if let value { found.append((text(name).lowercased(), text(value))) }
        return found
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        var bytes = utf8[...]
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes = bytes.dropFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes = bytes.dropLast() }
        return String(Substring(bytes))
    }
}
