import Simulators
import StrictEncoding
import TUF

/// Feeds libFuzzer's inputs to the rules of TUF: as root metadata as they are, and as what each other role says, signed, so
/// that it is read and not only refused. The first byte chooses which.
///
/// Run with `SWIFT_BACKTRACE=enable=no`, standard input closed, and a directory of seeds.
@main enum TUFMetadataFuzzer {
    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        _ = runDriver(&count, &arguments) { data, size in
            TUFMetadataFuzzer.run(UnsafeBufferPointer(start: data, count: size))
            return 0
        }
    }

    private static let repository = try? SimulatedTUFRepository()

    private static func run(_ input: UnsafeBufferPointer<UInt8>) {
        guard let choice = input.first, var repository else { return }
        let bytes = Array(input.dropFirst())
        if choice % 4 == 0 { return root(bytes) }
        guard let document = try? JSONDocument(parsing: bytes), case .object(let said)? = JSONTree(document.root) else {
            return
        }
        let role = ["timestamp", "snapshot", "targets"][Int(choice % 4) - 1]
        // What says which file it is stays as it has to be.
        repository.alterations[role] = { $0.merge(said.filter { !fixed.contains($0.key) }) { _, new in new } }
        guard (try? repository.publish()) != nil else { return }
        try? follow(repository)
    }

    private static let fixed: Set<ExactString> = ["_type", "spec_version", "version", "expires"]

    private static func root(_ bytes: [UInt8]) {
        guard let root = try? TUFUpdate.Root(trusting: bytes, at: SimulatedTUFRepository.now) else { return }
        _ = try? root.rotated(to: bytes)
    }

    private static func follow(_ repository: SimulatedTUFRepository) throws {
        guard let root = repository.files["1.root.json"], let timestamp = repository.files["timestamp.json"],
            let snapshot = repository.files["1.snapshot.json"], let targets = repository.files["1.targets.json"]
        else { return }
        let chain = try TUFUpdate.Root(trusting: root, at: SimulatedTUFRepository.now)
            .withTimestamp(timestamp, stored: timestamp).withSnapshot(snapshot, stored: snapshot).withTargets(targets)
        for file in chain.metadata.files.values { _ = try? chain.location(of: file) }
        for path in ["file", "dir/file", "a/b/c"] {
            var search = chain.search(for: try TargetPath(path))
            _ = try search.next()
            try search.supply(targets)
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
