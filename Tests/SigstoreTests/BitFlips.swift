import Foundation
import Sigstore
import StrictEncoding
import Testing

/// Flips bits of a document, and says where that made no difference.
///
/// A verification takes milliseconds in a debug build, and a bundle has 40,000 bits. So by default each value of the
/// document is hit by a few bits, spread over it, and its name too; with `LANDWAITER_EVERY_BIT=1` every bit is flipped,
/// which is meant for an optimised build.
struct BitFlips {
    static let all = ProcessInfo.processInfo.environment["LANDWAITER_EVERY_BIT"] == "1"
    /// How many bits of one value, and of what stands around it.
    static let sample = (value: 5, name: 1)

    let bytes: [UInt8]
    let parse: @Sendable ([UInt8]) throws -> UnverifiedSignedItem
    let verify: @Sendable (UnverifiedSignedItem) -> Result<VerifiedSignature, SignatureRefusal>

    struct Outcome {
        /// Bits after which the item was refused, by parsing or by verifying.
        var refused = 0
        /// Bits after which it verified with the same facts, by the place that they belong to.
        var same: [String: Int] = [:]
        /// Bits after which it verified with other facts. There must be none.
        var other: [String] = []

        mutating func add(_ more: Outcome) {
            refused += more.refused
            same.merge(more.same, uniquingKeysWith: +)
            other += more.other
        }
    }

    func run() async throws -> Outcome {
        let sound = try parse(bytes)
        let facts = try Facts(verify(sound).get())
        let bits = try bits()
        let tasks = 4
        return await withTaskGroup(of: Outcome.self) { group in
            for task in 0..<tasks {
                group.addTask {
                    var outcome = Outcome()
                    for position in stride(from: task, to: bits.count, by: tasks) {
                        flip(bits[position].bit, at: bits[position].place, sound, facts, &outcome)
                    }
                    return outcome
                }
            }
            var all = Outcome()
            for await part in group { all.add(part) }
            return all
        }
    }

    private func flip(
        _ bit: Int, at place: String, _ sound: UnverifiedSignedItem, _ facts: Facts, _ outcome: inout Outcome
    ) {
        var flipped = bytes
        flipped[bit / 8] ^= 1 << (bit % 8)
        guard let item = try? parse(flipped) else {
            outcome.refused += 1
            return
        }
        // Verifying is a function of the item, so one that reads the same comes to the same.
        if !item.readsAs(sound) {
            guard case .success(let verified) = verify(item) else {
                outcome.refused += 1
                return
            }
            guard Facts(verified) == facts else {
                outcome.other.append("\(place), bit \(bit)")
                return
            }
        }
        outcome.same[place, default: 0] += 1
    }

    /// Which bits are flipped, and the value of the JSON document that each belongs to. What stands before a value, its
    /// name above all, belongs to it as `:name`.
    private func bits() throws -> [(bit: Int, place: String)] {
        var bits: [(bit: Int, place: String)] = []
        var end = 0
        func add(_ range: Range<Int>, _ place: String, _ sample: Int) {
            let count = range.count * 8
            let step = Self.all ? 1 : max(1, count / sample) | 1
            for bit in stride(from: step / 2, to: count, by: step) {
                bits.append((range.lowerBound * 8 + bit, place))
            }
            end = range.upperBound
        }
        func add(_ value: JSONValue, _ path: String) {
            if let object = value.object {
                for (name, member) in object { add(member, path.isEmpty ? name : "\(path).\(name)") }
            } else if let array = value.array {
                for element in array { add(element, path + "[]") }
            } else {
                let range = value.rawBytes.startIndex..<value.rawBytes.endIndex
                add(end..<range.lowerBound, path + ":name", Self.sample.name)
                add(range, path, Self.sample.value)
            }
        }
        add(try JSONDocument(parsing: bytes).root, "")
        add(end..<bytes.count, "end", Self.sample.name)
        return bits
    }

    /// What was verified, but for the digest of the document, which differs.
    private struct Facts: Equatable {
        let signers: [VerifiedSignature.Signer]
        let certificateSigner: CertificateSigner?
        let content: VerifiedSignature.Content
        let times: [Instant]
        let unmatched: Int

        init(_ verified: VerifiedSignature) {
            signers = verified.signers
            certificateSigner = verified.certificateSigner
            content = verified.content
            times = verified.verifiedTimes
            unmatched = verified.unmatchedSignatures
        }
    }
}

extension UnverifiedSignedItem {
    fileprivate func readsAs(_ other: UnverifiedSignedItem) -> Bool {
        content == other.content && material == other.material && received == other.received
            && proofs.success == other.proofs.success && proofs.failure == other.proofs.failure && form == other.form
    }
}
