import StrictEncoding

/// Feeds libFuzzer's inputs to every parser of StrictEncoding. The first byte chooses which; a broken promise traps.
///
/// Run with `SWIFT_BACKTRACE=enable=no`, standard input closed, and a directory of seeds.
@main enum StrictEncodingFuzzer {
    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        _ = runDriver(&count, &arguments) { data, size in
            StrictEncodingFuzzer.run(UnsafeBufferPointer(start: data, count: size))
            return 0
        }
    }

    private static func run(_ input: UnsafeBufferPointer<UInt8>) {
        guard let choice = input.first else { return }
        let bytes = Array(input.dropFirst())
        switch choice % 4 {
        case 0: json(bytes)
        case 1: base64(bytes)
        case 2:
            for block in (try? PEMBlock.parseAll(bytes, limit: 16)) ?? [] {
                let again = try? PEMBlock.parseAll(Array(block.encoded().utf8), limit: 1)
                precondition(again == [block])
            }
        default:
            guard let instant = Instant(rfc3339: String(decoding: bytes, as: UTF8.self)) else { return }
            precondition(Instant(rfc3339: instant.description) == instant)
        }
    }

    private static func json(_ bytes: [UInt8]) {
        guard let document = try? JSONDocument(parsing: bytes), let tree = JSONTree(document.root) else { return }
        for text in [tree.canonicalBytes(), tree.prettyBytes()] {
            let again = (try? JSONDocument(parsing: text)).flatMap { JSONTree($0.root) }
            precondition(again?.canonicalBytes() == tree.canonicalBytes())
        }
    }

    private static func base64(_ bytes: [UInt8]) {
        if let decoded = try? Base64.decode(bytes: bytes[...]) {
            precondition(Array(Base64.encode(decoded).utf8) == bytes)
        }
        _ = try? Base64.decodeStandardOrURLSafe(bytes: bytes[...])
    }
}

/// libFuzzer's entry, which lives in the sanitizer's run-time library.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ run: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32
