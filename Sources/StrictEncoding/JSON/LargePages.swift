import Glibc

/// Asks the system to back a large allocation with large pages (2 MiB on most machines).
///
/// The index of a large document is written once from its beginning to its end: with pages of 4 KiB the system steps in
/// for every 512 words, which was measured to take a quarter of the whole time of parsing. It is a hint: where the
/// system does not follow it, nothing changes.
enum LargePages {
    private static let size = 2 << 20

    /// Nothing is asked for allocations of less than two pages.
    static func advise(_ buffer: UnsafeMutableBufferPointer<UInt64>) {
        guard let base = buffer.baseAddress, buffer.count >= 2 * size / 8 else { return }
        let start = UnsafeMutableRawPointer(base).alignedUp(toMultipleOf: size)
        let length = (UnsafeMutableRawPointer(base + buffer.count) - start) / size * size
        guard length > 0 else { return }
        _ = madvise(start, length, MADV_HUGEPAGE)
    }
}
