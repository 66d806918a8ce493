import AdmissionServer

/// Feeds libFuzzer's inputs to whatever of the server reads what strangers send. The first byte chooses which; a broken
/// promise traps.
///
/// Run with `SWIFT_BACKTRACE=enable=no`, standard input closed, and a directory of seeds.
@main enum ServerFuzzer {
    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        _ = runDriver(&count, &arguments) { data, size in
            ServerFuzzer.run(UnsafeBufferPointer(start: data, count: size))
            return 0
        }
    }

    private static func run(_ input: UnsafeBufferPointer<UInt8>) {
        guard let choice = input.first else { return }
        let bytes = Array(input.dropFirst())
        switch choice % 13 {
        case 0: FuzzedReview.check(review: bytes)
        case 1: FuzzedReview.check(object: bytes)
        case 2: FuzzedReview.check(manifests: bytes)
        case 3: FuzzedNotification.check(bytes, .distribution)
        case 4: FuzzedNotification.check(bytes, .harbor)
        case 5: FuzzedNotification.checkMapped(bytes)
        case 6: FuzzedNotification.checkSender(bytes)
        case 7: FuzzedQuestion.checkProvider(bytes)
        case 8: FuzzedQuestion.checkVerify(bytes)
        case 9: FuzzedQuestion.checkTarget(bytes)
        case 10: FuzzedCaller.checkToken(bytes)
        case 11: FuzzedCaller.checkClaims(bytes)
        default: FuzzedRegistry.check(bytes)
        }
    }
}

/// libFuzzer's entry, which lives in the sanitizer's run-time library.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ run: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32
