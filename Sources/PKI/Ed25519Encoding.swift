/// What can be said of the 32 octets of an Ed25519 public key without arithmetic on the curve.
enum Ed25519Encoding {
    /// Whether the point is one of the eight of small order, or its y is not reduced modulo p = 2^255 - 19.
    ///
    /// Under a key of small order some constant (like R = the neutral element, s = 0) is a signature of every message
    /// or of every eighth: whoever gets such a key accepted can have anything verified. Neither RFC 8032 section 5.1.7
    /// nor the library checks for it. A y that is not reduced would be a second encoding of a key (RFC 8032 section
    /// 5.1.3, step 1).
    ///
    /// Octets that are no point at all are not found here; under them no signature verifies.
    static func isSmallOrderOrNotReduced(_ key: [UInt8]) -> Bool {
        // Little-endian; the top bit is the sign of x, and both signs of a point of small order are of small order.
        var y = key
        guard let top = y.popLast() else { return true }
        y.append(top & 0x7f)
        return isAtLeastP(y) || smallOrder.contains(y)
    }

    /// p is `ed ff … ff 7f`: of the numbers of 255 bits only the last 19 reach it.
    private static func isAtLeastP(_ y: [UInt8]) -> Bool {
        guard let low = y.first, let top = y.last else { return true }
        return top == 0x7f && low >= 0xed && y.dropFirst().dropLast().allSatisfy { $0 == 0xff }
    }

    /// The y of the points whose eightfold is the neutral element: of order 4 (y = 0), 1 (y = 1), 2 (y = p - 1), and
    /// the two of order 8.
    private static let smallOrder: Set<[UInt8]> = [
        [UInt8](repeating: 0, count: 32),
        [1] + [UInt8](repeating: 0, count: 31),
        [0xec] + [UInt8](repeating: 0xff, count: 30) + [0x7f],
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
            0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
            0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
    ]
}
