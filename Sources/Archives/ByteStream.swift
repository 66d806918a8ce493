import Findings
package import LocalFiles

/// Bytes that come in order: a file's, or what a compressed file expands to.
///
/// Used by one reader at a time. What a stream costs is bounded by its own buffers, never by what it yields.
package protocol ByteStream: AnyObject {
    /// Fills as much of the buffer as it can; 0 only at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int
    /// Passes over bytes; returns how many there were, less than `count` only at the end.
    func skip(_ count: Int) throws(ArchiveError) -> Int
}

/// What is wrong with an archive.
package enum ArchiveError: Error, Equatable, Sendable {
    /// Contradicts its format; the text says how, after "expected".
    case malformed(String)
    /// Ends before it is complete.
    case cutShort
    /// An entry whose name is absolute, or climbs with `..`.
    case unsafeName([UInt8])
    /// In a form that can't be read here.
    case unsupported(String)
    /// Expands to more bytes than that.
    case expandsBeyond(Int)
    case tooManyEntries(limit: Int)
    /// Was expanded again and again for the sake of large entries, to more bytes than that in all.
    case expandedAgainBeyond(Int)
    /// A link or device under a name that a file should have.
    case notAFile([UInt8])
    case file(FileError)

    /// One line for people.
    package var message: String {
        switch self {
        case .malformed(let text), .unsupported(let text): "expected \(text)"
        case .cutShort: "expected a whole archive, found one that is cut short"
        case .unsafeName(let name):
            "expected entry names that stay inside the archive, found \(Self.quoted(name))"
        case .expandsBeyond(let limit): "expected an archive that expands to at most \(limit) bytes, found more"
        case .tooManyEntries(let limit): "expected at most \(limit) entries in the archive, found more"
        case .expandedAgainBeyond(let limit):
            "expected to expand at most \(limit) bytes of the compressed archive for all that is read, found more"
        case .notAFile(let name):
            "expected entry \(Self.quoted(name)) to be a plain file, found a link or device"
        case .file(let error): "the archive can't be read: \(error)"
        }
    }

    static func quoted(_ name: [UInt8]) -> String { Finding.quoted(String(decoding: name, as: UTF8.self)) }
}

/// A file's bytes.
package final class FileStream: ByteStream {
    private let file: OpenFile
    private var position = 0

    package init(_ file: OpenFile, from position: Int = 0) {
        self.file = file
        self.position = position
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        do throws(FileError) {
            let count = try file.read(into: buffer, at: position)
            position += count
            return count
        } catch {
            throw .file(error)
        }
    }

    package func skip(_ count: Int) -> Int {
        let passed = min(count, max(0, file.size - position))
        position += passed
        return passed
    }
}

/// Ends with an error, rather than yield more than its allowance. Bytes that are passed over count as well: expanding
/// them is what costs.
final class MeteredStream: ByteStream {
    private let base: any ByteStream
    private let allowance: Int
    /// Bytes yielded so far.
    private(set) var count = 0

    init(_ base: any ByteStream, allowance: Int) {
        self.base = base
        self.allowance = max(0, min(allowance, .max - 1))
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        // One byte more than is allowed is asked for, so that a stream of exactly the allowed length ends in peace.
        let left = allowance - count
        let found = try base.read(into: .init(rebasing: buffer[..<min(buffer.count, left + 1)]))
        guard found <= left else { throw .expandsBeyond(allowance) }
        count += found
        return found
    }
}

extension ByteStream {
    /// By reading; a stream that can do better does.
    package func skip(_ count: Int) throws(ArchiveError) -> Int {
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: min(count, 1 << 16), alignment: 16)
        defer { scratch.deallocate() }
        var passed = 0
        while passed < count {
            let found = try read(into: .init(rebasing: scratch[..<min(scratch.count, count - passed)]))
            if found == 0 { break }
            passed += found
        }
        return passed
    }

    /// Exactly `count` bytes; the caller has bounded the count.
    func bytes(_ count: Int) throws(ArchiveError) -> [UInt8] {
        let bytes = try bytes(upTo: count)
        guard bytes.count == count else { throw .cutShort }
        return bytes
    }

    /// `count` bytes, less only where the stream ends.
    func bytes(upTo count: Int) throws(ArchiveError) -> [UInt8] {
        var failure: ArchiveError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(ArchiveError) {
                filled = try fill(UnsafeMutableRawBufferPointer(buffer))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    private func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let found = try read(into: .init(rebasing: buffer[filled...]))
            if found == 0 { break }
            filled += found
        }
        return filled
    }
}
