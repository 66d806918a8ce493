import Content
import Glibc
import LocalFiles
import StrictEncoding

/// Verdicts read from a spool, and up to where.
struct SpoolBatch: Sendable {
    let segment: Int
    let verdicts: [StoredVerdict]
    /// Frames whose bytes are not those that were written.
    let damaged: Int
    let end: Int
}

/// One file of a spool: eight bytes that say what it is, then frames. A frame is the length of its payload in four bytes,
/// little endian, the first eight bytes of the payload's SHA-256, and the payload, a verdict as ``StoredVerdict/exported()``
/// writes it.
///
/// A frame that the file ends in the middle of was never acknowledged; it is passed over.
struct SpoolSegment: Sendable {
    static let magic = Array("LWSPOOL1".utf8)
    private static let headerBytes = 12
    /// A record of 64 MiB in base64, and what is around it.
    private static let largestFrame = 128 << 20

    let number: Int
    /// Bytes of the file.
    private(set) var size: Int
    /// Where the first frame lies that the store does not have yet.
    private(set) var position: Int
    /// Frames from there on.
    private(set) var left: Int
    var isDamaged = false

    /// Whether nothing was ever written to it.
    var isEmpty: Bool { size == Self.magic.count && left == 0 }

    var name: String { Self.name(number) }

    /// A new file, which ``SpoolWriter`` makes.
    init(empty number: Int) {
        self.number = number
        size = Self.magic.count
        position = size
        left = 0
    }

    /// A file that an earlier process left; its frames are counted by their lengths.
    init(_ number: Int, in directory: OpenDirectory) throws(FileError) {
        self.number = number
        let file = try directory.file(Self.name(number))
        size = file.size
        position = Self.magic.count
        left = 0
        var place = position
        while place + Self.headerBytes <= size {
            let length = Self.length(try file.bytes(at: place, count: Self.headerBytes))
            guard length <= Self.largestFrame, place + Self.headerBytes + length <= size else { break }
            place += Self.headerBytes + length
            left += 1
        }
    }

    mutating func grew(by bytes: Int, verdicts: Int) {
        size += bytes
        left += verdicts
    }

    mutating func skip(to end: Int, verdicts: Int) {
        position = end
        left = max(left - verdicts, 0)
    }

    /// The next verdicts: at most `limit` of them, and no more once they have 8 MiB.
    func read(limit: Int, from directory: OpenDirectory) throws(FileError) -> SpoolBatch {
        let file = try directory.file(name)
        let size = min(size, file.size)
        var (verdicts, damaged, place): ([StoredVerdict], Int, Int) = ([], 0, position)
        guard size >= Self.magic.count, try file.bytes(at: 0, count: Self.magic.count) == Self.magic else {
            // An empty file was begun and never written to.
            return SpoolBatch(segment: number, verdicts: [], damaged: size == 0 ? 0 : 1, end: self.size)
        }
        while verdicts.count < limit, place - position < 8 << 20 {
            guard place + Self.headerBytes <= size else { return batch(verdicts, damaged, self.size) }
            let header = try file.bytes(at: place, count: Self.headerBytes)
            let length = Self.length(header)
            // No frame begins with such a length: where the next one begins is not known.
            guard length <= Self.largestFrame else { return batch(verdicts, damaged + 1, self.size) }
            guard place + Self.headerBytes + length <= size else { return batch(verdicts, damaged, self.size) }
            let payload = try file.bytes(at: place + Self.headerBytes, count: length)
            place += Self.headerBytes + length
            if Self.checksum(payload).elementsEqual(header[4...]),
                let verdict = try? StoredVerdict(exported: payload)
            {
                verdicts.append(verdict)
            } else {
                damaged += 1
            }
        }
        return batch(verdicts, damaged, place)
    }

    private func batch(_ verdicts: [StoredVerdict], _ damaged: Int, _ end: Int) -> SpoolBatch {
        SpoolBatch(segment: number, verdicts: verdicts, damaged: damaged, end: end)
    }

    static func frame(_ payload: [UInt8]) -> [UInt8] {
        let length = UInt32(clamping: payload.count)
        return (0..<4).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) } + checksum(payload) + payload
    }

    private static func checksum(_ payload: [UInt8]) -> ArraySlice<UInt8> {
        Hashing.hash(payload, using: .sha256).prefix(8)
    }

    /// Of a header of twelve bytes.
    private static func length(_ header: [UInt8]) -> Int {
        header.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// Sixteen digits, so that names sort as numbers do.
    static func name(_ number: Int) -> String {
        let digits = String(number)
        return "verdicts-" + String(repeating: "0", count: max(0, 16 - digits.utf8.count)) + digits
    }

    static func number(of name: String) -> Int? {
        guard name.hasPrefix("verdicts-"), let number = Int(name.dropFirst(9)), number > 0, self.name(number) == name
        else { return nil }
        return number
    }
}

/// The file that a spool writes to.
final class SpoolWriter {
    private let file: Int32
    private var size: Int

    /// Makes the file and its name last.
    init(path: String, name: String) throws(FileError) {
        file = Glibc.open(path + "/" + name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        size = 0
        guard file >= 0 else { throw FileError(errno: errno, "the spool") }
        do throws(FileError) {
            try append(SpoolSegment.magic)
            let directory = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard directory >= 0 else { throw FileError(errno: errno, "the spool") }
            defer { close(directory) }
            guard fsync(directory) == 0 else { throw FileError(errno: errno, "the spool") }
        } catch {
            unlink(path + "/" + name)
            throw error
        }
    }

    deinit { if file >= 0 { close(file) } }

    /// Adds bytes and waits until the disk has them. What was written of them in vain is taken away again.
    func append(_ bytes: [UInt8]) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                buffer.baseAddress.map { pwrite(file, $0 + written, buffer.count - written, off_t(size + written)) }
                    ?? 0
            }
            if count > 0 {
                written += count
            } else if count == 0 || errno != EINTR {
                throw failure(count == 0 ? EIO : errno)
            }
        }
        guard fdatasync(file) == 0 else { throw failure(errno) }
        size += bytes.count
    }

    private func failure(_ number: Int32) -> FileError {
        // If even this fails, the checksum of what is left will.
        _ = ftruncate(file, off_t(size))
        return .system("the spool", errno: number)
    }
}
