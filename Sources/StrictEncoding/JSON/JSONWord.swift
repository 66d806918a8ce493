/// A word of a document's index.
///
/// A scalar takes one word, an array or object two, with its children between them and the next sibling. An object's
/// children are name, value, name, value and so on.
/// ```
/// word 1   kind (3 bits)  escapes (1)  extent (30)  start (30)
/// word 2   index of the next sibling's word (32)  end (32)          containers only
/// ```
/// *start* and *end* are byte offsets; a string's exclude its quotes. *extent* is a scalar's length in bytes, an array's
/// elements or an object's members. *escapes* says that a string holds any.
@usableFromInline
struct JSONWord: Sendable {
    @usableFromInline let bits: UInt64

    /// The largest offset that a word can hold.
    static let largestOffset = 1 << 30 - 1

    @usableFromInline enum Kind: UInt8, Sendable {
        case null, `false`, `true`, number, string, array, object
    }

    @inline(__always)
    init(_ kind: Kind, start: Int, extent: Int, hasEscapes: Bool = false) {
        bits =
            UInt64(kind.rawValue) &<< 61 | (hasEscapes ? 1 &<< 60 : 0) | UInt64(truncatingIfNeeded: extent) &<< 30
            | UInt64(truncatingIfNeeded: start)
    }

    @inlinable @inline(__always)
    init(bits: UInt64) { self.bits = bits }

    /// The second word of a container.
    @inline(__always)
    static func closing(end: Int, next: Int) -> UInt64 {
        UInt64(truncatingIfNeeded: next) &<< 32 | UInt64(truncatingIfNeeded: end)
    }

    @inlinable @inline(__always)
    var kind: Kind { Kind(rawValue: UInt8(truncatingIfNeeded: bits &>> 61)) ?? .null }

    @inlinable @inline(__always)
    var isContainer: Bool { bits &>> 61 >= UInt64(Kind.array.rawValue) }

    @inlinable @inline(__always)
    var hasEscapes: Bool { bits & (1 &<< 60) != 0 }

    @inlinable @inline(__always)
    var start: Int { Int(truncatingIfNeeded: bits & 0x3FFF_FFFF) }

    @inlinable @inline(__always)
    var extent: Int { Int(truncatingIfNeeded: bits &>> 30 & 0x3FFF_FFFF) }

    @inlinable @inline(__always)
    static func end(ofClosing word: UInt64) -> Int { Int(truncatingIfNeeded: word & 0xFFFF_FFFF) }

    @inlinable @inline(__always)
    static func next(ofClosing word: UInt64) -> Int { Int(truncatingIfNeeded: word &>> 32) }
}
