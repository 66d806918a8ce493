/// Damaged input, the same in every run.
struct SeededMutation: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// One change: something put in, replaced, taken out, said twice, or a bit turned over.
    mutating func change(_ bytes: inout [UInt8], fragments: [[UInt8]]) {
        let position = Int.random(in: 0...bytes.count, using: &self)
        let end = min(bytes.count, position + Int.random(in: 0..<12, using: &self))
        let fragment = fragments.randomElement(using: &self) ?? []
        switch Int.random(in: 0..<6, using: &self) {
        case 0: bytes.insert(contentsOf: fragment, at: position)
        case 1: bytes.replaceSubrange(position..<end, with: fragment)
        case 2: bytes.removeSubrange(position..<end)
        case 3: bytes.insert(contentsOf: bytes[position..<end], at: Int.random(in: 0...bytes.count, using: &self))
        case 4: if position < bytes.count { bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &self) }
        default: if position < bytes.count { bytes[position] = UInt8.random(in: 0...255, using: &self) }
        }
    }
}
