/// Order and equality of byte strings: lexicographic, a prefix before what it begins.
enum ByteOrder {
    /// Negative, zero or positive as `left` sorts before, with or after `right`.
    static func compare(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int {
        let shared = firstDifference(left, right)
        if shared < left.count, shared < right.count { return Int(left[shared]) - Int(right[shared]) }
        return left.count - right.count
    }

    static func equal(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        left.count == right.count && firstDifference(left, right) == left.count
    }

    /// How many bytes the two have in common at their beginning.
    static func firstDifference(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int {
        let count = min(left.count, right.count)
        guard let leftStart = left.baseAddress, let rightStart = right.baseAddress else { return 0 }
        var at = 0
        // Reads at + 8 <= count bytes of both.
        while at &+ 8 <= count {
            let difference =
                UInt64(littleEndian: UnsafeRawPointer(leftStart + at).loadUnaligned(as: UInt64.self))
                ^ UInt64(littleEndian: UnsafeRawPointer(rightStart + at).loadUnaligned(as: UInt64.self))
            if difference != 0 { return at &+ difference.trailingZeroBitCount &>> 3 }
            at &+= 8
        }
        while at < count, leftStart[at] == rightStart[at] { at &+= 1 }
        return at
    }
}
