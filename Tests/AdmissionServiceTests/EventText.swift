import Synchronization

/// Collects what a log writes.
final class EventText: Sendable {
    private let bytes = Mutex<[UInt8]>([])

    func append(_ line: [UInt8]) { bytes.withLock { $0 += line } }
    var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
    var lines: [String] { text.split(separator: "\n").map(String.init) }

    func wait(for count: Int) async {
        while lines.count < count, (try? await Task.sleep(for: .milliseconds(2))) != nil {}
    }
}
