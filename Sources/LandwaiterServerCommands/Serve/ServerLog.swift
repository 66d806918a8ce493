import Deadlines
import Findings
import Glibc
import LandwaiterCommands
import Logging
import StrictEncoding
import Synchronization

/// Standard error as the log of a server: whole lines, one after another, as JSON or as text.
///
/// Nobody who says something waits for who reads it: that may be an event loop, and a reader that stands still would stop
/// everything. So many lines wait to be written, and no more; the next that is written says how many were lost.
final class ServerLog: Sendable {
    enum Form: Sendable { case json, text }

    private let form: Form
    private let level: Logger.Level
    private let write: @Sendable ([UInt8]) -> Void
    private let turn = Mutex<Void>(())
    private let waiting = Mutex(Waiting())
    private let writer = BlockingExecutor(label: "landwaiter.log")
    /// The most lines that wait.
    static let mostWaiting = 2_048

    private struct Waiting {
        var lines: [[UInt8]] = []
        var isWriting = false
        var lost = 0
    }

    private let often = Mutex<[String: (at: ContinuousClock.Instant, held: Int)]>([:])

    init(
        _ configuration: ServerConfiguration.Log,
        write: @escaping @Sendable ([UInt8]) -> Void = { ServerLog.writeToStandardError($0) }
    ) {
        form =
            switch configuration.format {
            case .json: .json
            case .text: .text
            // For a person text, for everything that collects lines JSON.
            case .automatic: isatty(STDERR_FILENO) == 1 ? .text : .json
            }
        level =
            switch configuration.level {
            case .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            }
        self.write = write
    }

    /// A logger for libraries that want one.
    var logger: Logger {
        var logger = Logger(label: "landwaiter") { _ in Handler(log: self) }
        logger.logLevel = level
        return logger
    }

    func say(_ level: Logger.Level, _ message: String, _ members: KeyValuePairs<String, String> = [:]) {
        guard level >= self.level else { return }
        put(level, message, members.map { ($0.key, $0.value) })
    }

    /// The same of something that whoever knocks can cause: one line a second of each kind, with how many there were.
    func sayOften(_ level: Logger.Level, _ message: String, about kind: String) {
        let held: Int? = often.withLock { often in
            var last = often[kind] ?? (at: .now - .seconds(1), held: 0)
            defer { often[kind] = last }
            guard last.at.duration(to: .now) >= .seconds(1) else {
                last.held += 1
                return nil
            }
            defer { last = (at: .now, held: 0) }
            return last.held
        }
        guard let held else { return }
        say(level, message, ["kind": kind, "heldBack": "\(held)"])
    }

    /// A line of JSON that somebody else has made: an event. Waits until it is written.
    func put(event line: [UInt8]) {
        guard form == .text else { return writeNow(line) }
        guard let document = try? JSONDocument(parsing: line), case .object(let members)? = JSONTree(document.root)
        else {
            return writeNow(line)
        }
        var rest = members
        let time = rest.removeValue(forKey: "time")?.text ?? ""
        let event = rest.removeValue(forKey: "event")?.text ?? "event"
        let words = rest.sorted { $0.key < $1.key }.map { ($0.key.value, $0.value.text ?? Self.shown($0.value)) }
        writeNow(Self.textLine(time, "event", event, words))
    }

    fileprivate func put(_ level: Logger.Level, _ message: String, _ members: [(String, String)]) {
        let line = line(level, message, members)
        let begins = waiting.withLock { waiting in
            guard waiting.lines.count < Self.mostWaiting else {
                waiting.lost += 1
                return false
            }
            waiting.lines.append(line)
            defer { waiting.isWriting = true }
            return !waiting.isWriting
        }
        if begins { Task(executorPreference: writer) { self.writeAll() } }
    }

    /// Waits until what was said is written, or the time is over.
    func drain(within: Duration) async {
        let end = ContinuousClock.now + within
        // A task of its own: whoever ends may be cancelled, and waits nevertheless.
        await Task.detached { [self] in
            while waiting.withLock({ $0.isWriting }), ContinuousClock.now < end {
                try? await Task.sleep(for: .milliseconds(2))
            }
        }.value
    }

    private func writeAll() {
        while true {
            let (lines, lost) = waiting.withLock { waiting in
                defer {
                    waiting.isWriting = !waiting.lines.isEmpty
                    (waiting.lines, waiting.lost) = ([], 0)
                }
                return (waiting.lines, waiting.lost)
            }
            if lines.isEmpty { return }
            for line in lines { writeNow(line) }
            if lost > 0 { writeNow(line(.warning, "lines of the log were lost", [("lines", "\(lost)")])) }
        }
    }

    private func line(_ level: Logger.Level, _ message: String, _ members: [(String, String)]) -> [UInt8] {
        let time = Clock.now.description
        switch form {
        case .text: return Self.textLine(time, level.rawValue, message, members)
        case .json:
            var object: [ExactString: JSONTree] = [
                "time": .string(time), "level": .string(level.rawValue), "message": .string(Self.safe(message)),
            ]
            for (name, value) in members { object[ExactString(name)] = .string(Self.safe(value)) }
            return JSONTree.object(object).canonicalBytes() + [UInt8(ascii: "\n")]
        }
    }

    private static func textLine(
        _ time: String, _ level: String, _ message: String, _ members: [(String, String)]
    ) -> [UInt8] {
        var out = "\(time)  \(level)  \(safe(message))"
        for (name, value) in members { out += "  \(safe(name))=\(safe(value))" }
        return Array((out + "\n").utf8)
    }

    private static func shown(_ value: JSONTree) -> String { String(decoding: value.canonicalBytes(), as: UTF8.self) }

    /// Text from outside: no control characters, and nothing that fills a disk.
    private static func safe(_ text: String) -> String {
        Finding.escaped(String(String.UnicodeScalarView(text.unicodeScalars.prefix(4096))))
    }

    private func writeNow(_ line: [UInt8]) { turn.withLock { _ in write(line) } }

    private static func writeToStandardError(_ bytes: [UInt8]) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(STDERR_FILENO, $0.baseAddress.map { $0 + written }, $0.count - written)
            }
            if count < 0 && errno == EINTR { continue }
            // Nobody reads any more: serving goes on.
            guard count > 0 else { return }
            written += count
        }
    }

    private struct Handler: LogHandler {
        let log: ServerLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
            log.put(
                event.level, event.message.description,
                all.map { ($0.key, $0.value.description) }.sorted { $0.0 < $1.0 })
        }
    }
}
