import SBOM
import StrictEncoding

/// Feeds libFuzzer's inputs to the readers of package URLs, versions, ranges, licences, scans and VEX. The first byte
/// chooses the reader. What a reader writes, it has to read as the same.
///
/// Run with `SWIFT_BACKTRACE=enable=no`, standard input closed, and a directory of seeds.
@main enum PackageFactsFuzzer {
    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        _ = runDriver(&count, &arguments) { data, size in
            PackageFactsFuzzer.run(UnsafeBufferPointer(start: data, count: size))
            return 0
        }
    }

    private static func run(_ input: UnsafeBufferPointer<UInt8>) {
        guard let choice = input.first else { return }
        let bytes = Array(input.dropFirst())
        let text = String(decoding: bytes, as: UTF8.self)
        let schemes = VersionScheme.allCases
        let scheme = schemes[Int(choice >> 3) % schemes.count]
        switch choice & 7 {
        case 0:
            guard let url = try? PackageURL("pkg:" + text, typeDefinition: .recorded) else { return }
            precondition((try? PackageURL(url.description, typeDefinition: .recorded)) == url)
            _ = Version(of: url)
        case 1:
            guard let pattern = try? PackageURLPattern("pkg:" + text), let url = try? PackageURL("pkg:npm/%40a/b@1")
            else { return }
            _ = pattern.matches(url)
        case 2:
            let halves = text.split(separator: "\n", maxSplits: 1).map(String.init)
            guard halves.count == 2, let one = try? Version(halves[0], scheme: scheme),
                let other = try? Version(halves[1], scheme: scheme)
            else { return }
            precondition(one.order(against: other)?.rawValue == other.order(against: one).map { -$0.rawValue })
            precondition(one.order(against: one) == .equal)
        case 3:
            guard let range = try? VersionRange("vers:\(scheme.rawValue)/" + text, form: .sorted) else { return }
            for constraint in range.constraints { _ = range.contains(constraint.version) }
        case 4:
            guard let range = try? VersionRange(native: text, scheme: scheme) else { return }
            // Their ecosystems' comparisons are no orders, so a sorted list need not look sorted.
            guard ![.alpm, .conan, .maven].contains(scheme) else { return }
            precondition((try? VersionRange(range.description))?.description == range.description)
        case 5:
            guard let expression = try? LicenseExpression(text) else { return }
            precondition((try? LicenseExpression(expression.description)) == expression)
            precondition(expression.normalized.normalized == expression.normalized)
        case 6: _ = (try? ScanReport(parsing: bytes))?.findings.map(\.nearestFix)
        default: _ = try? VEXDocument(parsing: bytes, subjects: ["sha256:aa"])
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
