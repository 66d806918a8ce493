import CZlib
import CZstd

/// A tar that is being made, right or wrong as wanted.
struct TarFixture {
    private(set) var bytes: [UInt8] = []

    /// A plain file.
    mutating func file(_ name: String, _ data: [UInt8]) { entry(name, type: "0", data) }

    /// A header and its data, padded.
    mutating func entry(_ name: String, type: Unicode.Scalar, _ data: [UInt8] = [], size: Int? = nil) {
        bytes += Self.header(Array(name.utf8), type: type, size: Array(octal(size ?? data.count, digits: 11).utf8))
        append(data)
    }

    /// A header whose size field is given byte for byte.
    mutating func entry(_ name: String, sizeField: [UInt8], _ data: [UInt8]) {
        bytes += Self.header(Array(name.utf8), type: "0", size: sizeField)
        append(data)
    }

    /// A pax header (`x`, or `g` for a global one) with these records.
    mutating func pax(_ records: [(String, String)], type: Unicode.Scalar = "x") {
        entry("PaxHeaders/x", type: type, records.flatMap { Self.record($0.0, $0.1) })
    }

    /// GNU's long name.
    mutating func longName(_ name: String) { entry("././@LongLink", type: "L", Array(name.utf8) + [0]) }

    mutating func raw(_ bytes: [UInt8]) { self.bytes += bytes }

    /// The archive, ended by two blocks of zeros and filled up to a record as tar does.
    var ended: [UInt8] {
        let end = bytes + [UInt8](repeating: 0, count: 1024)
        return end + [UInt8](repeating: 0, count: (10240 - end.count % 10240) % 10240)
    }

    private mutating func append(_ data: [UInt8]) {
        bytes += data + [UInt8](repeating: 0, count: (512 - data.count % 512) % 512)
    }

    static func header(
        _ name: [UInt8], type: Unicode.Scalar, size: [UInt8], magic: String = "ustar\u{0}00", prefix: [UInt8] = []
    ) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ bytes: [UInt8], at offset: Int) { block.replaceSubrange(offset..<offset + bytes.count, with: bytes) }
        put(Array(name.prefix(100)), at: 0)
        put(Array("0000644\u{0}0000000\u{0}0000000\u{0}".utf8), at: 100)
        put(size, at: 124)
        put(Array("00000000000\u{0}".utf8), at: 136)
        put(Array("        ".utf8), at: 148)
        block[156] = UInt8(type.value)
        put(Array(magic.utf8), at: 257)
        put(prefix, at: 345)
        put(Array((octal(block.reduce(0) { $0 + Int($1) }, digits: 6) + "\u{0} ").utf8), at: 148)
        return block
    }

    static func record(_ key: String, _ value: String) -> [UInt8] {
        let rest = " \(key)=\(value)\n".utf8.count
        var length = rest + 1
        while String(length).utf8.count + rest != length { length += 1 }
        return Array("\(length) \(key)=\(value)\n".utf8)
    }
}

private func octal(_ number: Int, digits: Int) -> String {
    let text = String(number, radix: 8)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}

/// One gzip member.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    deflateInit2_(
        &stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    defer { deflateEnd(&stream) }
    var input = bytes
    return [UInt8](unsafeUninitializedCapacity: bytes.count + bytes.count / 100 + 1024) { output, count in
        input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(output.count)
            deflate(&stream, Z_FINISH)
            count = output.count - Int(stream.avail_out)
        }
    }
}

/// One Zstandard frame with a checksum; a large `windowLog` asks readers for much memory.
func zstd(_ bytes: [UInt8], windowLog: Int32 = 0) -> [UInt8] {
    let context = ZSTD_createCCtx()
    defer { ZSTD_freeCCtx(context) }
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, windowLog)
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0)
    return [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { output, count in
        bytes.withUnsafeBytes { input in
            var from = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
            var to = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
            // Not told the size in advance, so that the window is not made to fit it.
            _ = ZSTD_compressStream2(context, &to, &from, ZSTD_e_continue)
            _ = ZSTD_compressStream2(context, &to, &from, ZSTD_e_end)
            count = to.pos
        }
    }
}
