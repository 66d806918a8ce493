/// `1.2.a-pre.1+build`, compared as Conan 2's documentation on version ranges says: items between dots, numbers as
/// numbers, trailing zeros without meaning, a pre-release before its release, and builds compared too.
///
/// An item that is no number is compared with any other as text, which orders `9` behind `1a` and `1a` behind `10`.
/// Conan itself knows no better, so this is an order only among versions whose items at one place are of one kind.
struct ConanVersion: VersionForm {
    private let items: [Item]
    private let pre: [Item]?
    private let build: [Item]?

    private enum Item {
        case number(DecimalNumber)
        case text([UInt8])

        init(_ bytes: ArraySlice<UInt8>) {
            self =
                !bytes.isEmpty && bytes.allSatisfy(\.isASCIIDigit) ? .number(DecimalNumber(bytes)) : .text(Array(bytes))
        }

        var isZero: Bool { if case .number(let number) = self { number.isZero } else { false } }

        var bytes: [UInt8] {
            switch self {
            case .number(let number): Array(number.text.utf8)
            case .text(let bytes): bytes
            }
        }

        static func order(_ left: Item, _ right: Item) -> VersionOrder {
            if case (.number(let one), .number(let other)) = (left, right) { return .of(one, other) }
            return .ofBytes(left.bytes, right.bytes)
        }
    }

    init?(_ text: [UInt8]) {
        guard text.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        var rest = text[...]
        var build: [Item]?
        if let plus = rest.lastIndex(of: UInt8(ascii: "+")) {
            build = Self.items(rest[plus...].dropFirst())
            rest = rest[..<plus]
        }
        var pre: [Item]?
        if let hyphen = rest.firstIndex(of: UInt8(ascii: "-")) {
            pre = Self.items(rest[hyphen...].dropFirst())
            rest = rest[..<hyphen]
        }
        guard !rest.isEmpty else { return nil }
        items = Self.items(rest)
        self.pre = pre
        self.build = build
    }

    private static func items(_ text: ArraySlice<UInt8>) -> [Item] {
        var items = text.parts(".").map(Item.init)
        while items.last?.isZero == true { items.removeLast() }
        return items
    }

    static func order(_ left: ConanVersion, _ right: ConanVersion) -> VersionOrder {
        VersionOrder.ofLists(left.items, right.items, by: Item.order)
            .or(.of(left.pre == nil ? 1 : 0, right.pre == nil ? 1 : 0))
            .or(.ofLists(left.pre ?? [], right.pre ?? [], by: Item.order))
            .or(.of(left.build == nil ? 0 : 1, right.build == nil ? 0 : 1))
            .or(.ofLists(left.build ?? [], right.build ?? [], by: Item.order))
    }
}
