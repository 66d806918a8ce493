import CZlib
import CZstd
import LocalFiles

/// How an archive is compressed, told by its first bytes.
enum Compression: Sendable, Equatable {
    case none, gzip, zstd

    /// - Throws: `ArchiveError.unsupported` for other compressions and archives that are known by their first bytes.
    init(of start: [UInt8]) throws(ArchiveError) {
        switch start.prefix(4) {
        case let bytes where bytes.starts(with: [0x1F, 0x8B]): self = .gzip  // RFC 1952 section 2.3.1
        case let bytes where bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD]): self = .zstd  // RFC 8878 section 3.1.1
        // RFC 8878 section 3.1.2: a skippable frame, as parallel compressors put first.
        case let bytes
        where bytes.count == 4 && (0x50...0x5F).contains(bytes[0]) && bytes.dropFirst() == [0x2A, 0x4D, 0x18]:
            self = .zstd
        case let bytes where bytes.starts(with: [0xFD, 0x37, 0x7A, 0x58]): throw .unsupported("a tar, found xz")
        case let bytes where bytes.starts(with: Array("BZh".utf8)): throw .unsupported("a tar, found bzip2")
        case let bytes where bytes.starts(with: Array("PK".utf8)): throw .unsupported("a tar, found a zip")
        default: self = .none
        }
    }

    func stream(of file: OpenFile) throws(ArchiveError) -> any ByteStream {
        switch self {
        case .none: FileStream(file)
        case .gzip: try GzipStream(FileStream(file))
        case .zstd: try ZstdStream(FileStream(file))
        }
    }
}

/// Compressed bytes that wait to be expanded.
private struct InputBuffer: ~Copyable {
    private let base: any ByteStream
    private let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    private(set) var start = 0
    private(set) var end = 0

    init(_ base: any ByteStream) { self.base = base }

    deinit { storage.deallocate() }

    /// What has been read and not been used.
    var waiting: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: storage[start..<end]) }

    /// Makes sure that something waits; false at the end.
    mutating func fill() throws(ArchiveError) -> Bool {
        guard start == end else { return true }
        start = 0
        end = try base.read(into: storage)
        return end > 0
    }

    mutating func use(_ count: Int) { start += count }
}

/// Expands gzip (RFC 1952), of one member or several.
final class GzipStream: ByteStream {
    private var input: InputBuffer
    private let state: UnsafeMutablePointer<z_stream>
    /// Between two members, or before the first.
    private var betweenMembers = true
    private var sawMember = false

    init(_ base: any ByteStream) throws(ArchiveError) {
        input = InputBuffer(base)
        state = .allocate(capacity: 1)
        state.initialize(to: z_stream())
        // 15: the largest window of RFC 1951; 16: a gzip header is required.
        let result = inflateInit2_(state, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard result == Z_OK else { throw .unsupported("memory to expand gzip") }
    }

    deinit {
        inflateEnd(state)
        state.deinitialize(count: 1)
        state.deallocate()
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        let room = min(buffer.count, Int(Int32.max))
        state.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        state.pointee.avail_out = UInt32(room)
        while state.pointee.avail_out > 0 {
            let more = try input.fill()
            if betweenMembers {
                guard more else {
                    guard sawMember else { throw .cutShort }
                    break
                }
                guard try beginMember() else { break }
            }
            let before = state.pointee.avail_out
            try step()
            // Without input, only output that was held back for want of room can still come.
            guard more || betweenMembers || state.pointee.avail_out < before else { throw .cutShort }
        }
        return room - Int(state.pointee.avail_out)
    }

    private func step() throws(ArchiveError) {
        let waiting = input.waiting
        state.pointee.next_in = waiting.baseAddress?.assumingMemoryBound(to: UInt8.self)
        state.pointee.avail_in = UInt32(waiting.count)
        let result = inflate(state, Z_NO_FLUSH)
        input.use(waiting.count - Int(state.pointee.avail_in))
        switch result {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END:
            betweenMembers = true
            sawMember = true
        case Z_MEM_ERROR: throw .unsupported("memory to expand gzip")
        default: throw .malformed("intact gzip data, found data that does not expand")
        }
    }

    /// Starts the next member; false if only padding follows. gzip(1) lets zeros follow the last member, as tapes had
    /// them; anything else there is refused.
    private func beginMember() throws(ArchiveError) -> Bool {
        guard sawMember else {
            betweenMembers = false
            return true
        }
        while input.waiting.first == 0 {
            input.use(1)
            guard try input.fill() else { return false }
        }
        guard input.waiting.first == 0x1F else { throw .malformed("the end of the gzip data, found more") }
        guard inflateReset(state) == Z_OK else { throw .malformed("intact gzip data") }
        betweenMembers = false
        return true
    }
}

/// Expands Zstandard (RFC 8878): frames and skippable frames.
final class ZstdStream: ByteStream {
    private var input: InputBuffer
    private let context: OpaquePointer
    /// What the last call wants next; 0 at the end of a frame.
    private var pending = 0
    private var sawFrame = false

    /// Windows up to 128 MiB (`zstd --long=27`, the largest that the tool's decoder takes unasked): a frame's header
    /// says how much memory its expansion takes, so it is capped.
    private static let largestWindowLog: Int32 = 27

    init(_ base: any ByteStream) throws(ArchiveError) {
        input = InputBuffer(base)
        guard let context = ZSTD_createDCtx() else { throw .unsupported("memory to expand zstd") }
        self.context = context
        ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Self.largestWindowLog)
    }

    deinit { ZSTD_freeDCtx(context) }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
        while output.pos < output.size {
            let more = try input.fill()
            if !more, pending == 0 {
                guard sawFrame else { throw .cutShort }
                break
            }
            let before = output.pos
            let waiting = input.waiting
            var step = ZSTD_inBuffer(src: waiting.baseAddress, size: waiting.count, pos: 0)
            let result = ZSTD_decompressStream(context, &output, &step)
            input.use(step.pos)
            guard ZSTD_isError(result) == 0 else {
                if ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge {
                    throw .unsupported("zstd with a window of at most 128 MiB, found a larger one")
                }
                throw .malformed("intact zstd data, found data that does not expand")
            }
            // Without input, only output that was held back for want of room can still come.
            guard more || result == 0 || output.pos > before else { throw .cutShort }
            pending = result
            sawFrame = true
        }
        return output.pos
    }
}
