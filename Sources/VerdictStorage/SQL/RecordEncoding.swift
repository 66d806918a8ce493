import CZstd
import Synchronization

/// Records as they lie in the store: in a frame of zstd (RFC 8878) where that is shorter.
enum RecordEncoding {
    /// The most bytes of a record. Limits of a decision keep records far below.
    static let limit = 64 << 20

    static func encode(_ record: [UInt8]) -> (encoding: Int64, bytes: [UInt8]) {
        compressor.withLock { $0.compress(record) }.map { (1, $0) } ?? (0, record)
    }

    /// One for the process: verdicts are written by one task at a time.
    private static let compressor = Mutex(Compressor())

    static func decode(_ encoding: Int64, _ bytes: [UInt8]) throws(VerdictStoreError) -> [UInt8] {
        switch encoding {
        case 0: return bytes
        case 1:
            let size = bytes.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
            // Unknown and invalid sizes are the two largest numbers.
            guard size <= UInt64(limit) else { throw .corrupt("a record's length can't be read") }
            var found = 0
            let record = [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
                found = bytes.withUnsafeBytes {
                    ZSTD_decompress(buffer.baseAddress, buffer.count, $0.baseAddress, $0.count)
                }
                count = ZSTD_isError(found) == 0 ? found : 0
            }
            guard ZSTD_isError(found) == 0, record.count == Int(size) else {
                throw .corrupt("a record does not expand to its length")
            }
            return record
        default: throw .corrupt("a record is in an unknown encoding, \(encoding)")
        }
    }
}

/// zstd's working memory, which takes longer to get than a record to compress.
private final class Compressor {
    private let context = ZSTD_createCCtx()

    /// Nil if it does not become shorter, or there is no memory.
    func compress(_ record: [UInt8]) -> [UInt8]? {
        guard let context else { return nil }
        var size = 0
        let packed = [UInt8](unsafeUninitializedCapacity: record.count) { buffer, count in
            // Room for as many bytes as there are: what would become longer is an error.
            size = record.withUnsafeBytes {
                ZSTD_compressCCtx(context, buffer.baseAddress, buffer.count, $0.baseAddress, $0.count, Self.level)
            }
            count = ZSTD_isError(size) == 0 ? size : 0
        }
        return ZSTD_isError(size) == 0 ? packed : nil
    }

    deinit { ZSTD_freeCCtx(context) }

    private static let level: Int32 = 3
}
