import PKI
import Signing
import Simulators
import StrictEncoding
import Testing
import TransparencyLog

/// Every bit of what proves an entry, flipped: refused, or the same facts.
struct LogMutationTests {
    /// What a caller may learn from an entry.
    private struct Facts: Equatable {
        let log: TrustedLog
        let kind: LogEntryKind
        let time: Instant?
        let index: UInt64?
        let head: TreeHead?
        let origin: ExactString?

        init(_ entry: VerifiedLogEntry) {
            log = entry.log
            kind = entry.kind
            time = entry.time?.time
            index = entry.inclusion?.logIndex
            head = entry.inclusion?.checkpoint.head
            origin = entry.inclusion?.checkpoint.origin
        }
    }

    /// A place in an entry that holds bytes.
    private static var places: [(name: String, path: WritableKeyPath<UnverifiedLogEntry, [UInt8]>)] {
        [
            ("logID", \.logID), ("kind", \.kindBytes), ("version", \.versionBytes), ("logIndex", \.logIndexBytes),
            ("integratedTime", \.integratedTimeBytes), ("promise", \.promiseBytes), ("body", \.canonicalizedBody),
            ("checkpoint", \.checkpointBytes), ("rootHash", \.rootHashBytes), ("hashes", \.hashesBytes),
            ("proofIndex", \.proofIndexBytes), ("treeSize", \.treeSizeBytes),
        ]
    }

    @Test(arguments: [LogEntryKind.hashedrekord001, .hashedrekord002, .dsse001, .intoto002])
    func refusesEveryFlippedBitOrFindsTheSame(_ kind: LogEntryKind) throws {
        var scene = try LogScene()
        let sound = try scene.log(kind)
        let item = scene.item(for: kind)
        let logs = try scene.logs
        let facts = Facts(try scene.verify(sound, for: item, in: logs))
        // What is neither signed nor compared: the name in a signature line of Rekor 1, whose key ID does not cover it;
        // of Rekor 2 what such entries do not use.
        let harmless: Set<String> =
            switch kind.generation {
            case .rekor1: ["checkpoint"]
            case .rekor2: ["logID", "logIndex", "integratedTime"]
            }
        for (name, path) in Self.places {
            let count = sound[keyPath: path].count
            if name == "promise", kind.generation == .rekor2 {
                #expect(count == 0)
                continue
            }
            #expect(count > 0, "\(name)")
            var survivors = 0
            for bit in 0..<count * 8 {
                var entry = sound
                entry[keyPath: path][bit / 8] ^= 1 << (bit % 8)
                guard let verified = try? scene.verify(entry, for: item, in: logs) else { continue }
                #expect(Facts(verified) == facts, "\(name), bit \(bit)")
                survivors += 1
            }
            #expect(survivors == 0 || harmless.contains(name), "\(name): \(survivors)")
        }
    }

    /// Bytes that are cut off, doubled or put before others, at places that a fixed seed chooses.
    @Test(arguments: [LogEntryKind.hashedrekord001, .hashedrekord002, .dsse001, .intoto001, .intoto002])
    func survivesSeededChanges(_ kind: LogEntryKind) throws {
        var scene = try LogScene()
        let sound = try scene.log(kind)
        let item = scene.item(for: kind)
        let logs = try scene.logs
        let facts = Facts(try scene.verify(sound, for: item, in: logs))
        var seed: UInt64 = 4
        func next(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }
        for _ in 0..<400 {
            let (_, path) = Self.places[next(Self.places.count)]
            var entry = sound
            var bytes = entry[keyPath: path]
            let place = next(bytes.count + 1)
            switch next(3) {
            case 0: bytes.removeSubrange(place..<min(place + 1 + next(8), bytes.count))
            case 1: bytes.insert(contentsOf: bytes.prefix(place).suffix(1 + next(8)), at: place)
            default: bytes.insert(UInt8(truncatingIfNeeded: next(256)), at: place)
            }
            entry[keyPath: path] = bytes
            guard let verified = try? scene.verify(entry, for: item, in: logs) else { continue }
            #expect(Facts(verified) == facts)
        }
    }
}

extension UnverifiedLogEntry {
    fileprivate var kindBytes: [UInt8] {
        get { Array(kind.utf8) }
        set { kind = ExactString(String(decoding: newValue, as: UTF8.self)) }
    }
    fileprivate var versionBytes: [UInt8] {
        get { Array(version.utf8) }
        set { version = ExactString(String(decoding: newValue, as: UTF8.self)) }
    }
    fileprivate var logIndexBytes: [UInt8] {
        get { logIndex.bigEndianBytes }
        set { logIndex = Int64(bigEndianBytes: newValue) }
    }
    fileprivate var integratedTimeBytes: [UInt8] {
        get { integratedTime.bigEndianBytes }
        set { integratedTime = Int64(bigEndianBytes: newValue) }
    }
    fileprivate var promiseBytes: [UInt8] {
        get { inclusionPromise ?? [] }
        set { inclusionPromise = newValue }
    }
    fileprivate var checkpointBytes: [UInt8] {
        get { inclusionProof?.checkpoint ?? [] }
        set { inclusionProof?.checkpoint = newValue }
    }
    fileprivate var rootHashBytes: [UInt8] {
        get { inclusionProof?.rootHash ?? [] }
        set { inclusionProof?.rootHash = newValue }
    }
    fileprivate var hashesBytes: [UInt8] {
        get { inclusionProof?.hashes.flatMap { $0 } ?? [] }
        set {
            inclusionProof?.hashes = stride(from: 0, to: newValue.count, by: 32).map {
                Array(newValue[$0..<min($0 + 32, newValue.count)])
            }
        }
    }
    fileprivate var proofIndexBytes: [UInt8] {
        get { inclusionProof?.logIndex.bigEndianBytes ?? [] }
        set { inclusionProof?.logIndex = Int64(bigEndianBytes: newValue) }
    }
    fileprivate var treeSizeBytes: [UInt8] {
        get { inclusionProof?.treeSize.bigEndianBytes ?? [] }
        set { inclusionProof?.treeSize = Int64(bigEndianBytes: newValue) }
    }
}

extension Int64 {
    fileprivate var bigEndianBytes: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: self >> (56 - 8 * $0)) } }

    /// The last eight bytes.
    fileprivate init(bigEndianBytes bytes: [UInt8]) {
        self = bytes.suffix(8).reduce(0) { $0 << 8 | Int64($1) }
    }
}
