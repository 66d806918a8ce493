import Glibc

/// Standard output and standard error, and whether a person reads them.
package enum Terminal {
    /// Colours and ticks only for a person: a terminal, and neither `NO_COLOR` (no-color.org) nor `TERM=dumb`.
    package static var isColourful: Bool {
        isatty(STDOUT_FILENO) == 1 && environment("NO_COLOR").isEmpty && environment("TERM") != "dumb"
    }

    /// Gets what is written to standard output instead, where a test wants to see it.
    @TaskLocal package static var keeper: Keeper?

    /// A class, as in ``ServerPart/Carrier``: a function can't be a task-local value.
    package final class Keeper: Sendable {
        package let keep: @Sendable ([UInt8]) -> Void

        package init(_ keep: @escaping @Sendable ([UInt8]) -> Void) { self.keep = keep }
    }

    package static func write(_ text: String) { write(Array(text.utf8)) }
    package static func write(_ bytes: [UInt8]) {
        if let keeper { keeper.keep(bytes) } else { write(bytes, to: STDOUT_FILENO) }
    }
    package static func writeError(_ line: String) { write(Array((line + "\n").utf8), to: STDERR_FILENO) }

    /// How far a long command has come, for a person who looks at standard error; nil clears it. None where `CI` is set:
    /// some runners give their steps a terminal that nobody looks at.
    package static func progress(_ text: String?) {
        guard isatty(STDERR_FILENO) == 1, environment("CI").isEmpty else { return }
        write(Array("\r\u{1B}[K\(text ?? "")".utf8), to: STDERR_FILENO)
    }

    /// An environment variable, empty where it is not set.
    package static func environment(_ name: String) -> String {
        guard let value = getenv(name) else { return "" }
        return String(cString: value)
    }

    /// Everything is written, also to a pipe that takes it in pieces; a reader that went away ends the writing.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
            }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return }
            written += count
        }
    }

    /// Asks for a passphrase on the terminal, without echo. Nil where there is no terminal.
    static func askPassphrase(_ prompt: String) -> [UInt8]? {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard terminal >= 0 else { return nil }
        defer { close(terminal) }
        var saved = termios()
        guard tcgetattr(terminal, &saved) == 0 else { return nil }
        var silent = saved
        silent.c_lflag &= ~tcflag_t(ECHO)
        guard tcsetattr(terminal, TCSAFLUSH, &silent) == 0 else { return nil }
        defer {
            tcsetattr(terminal, TCSAFLUSH, &saved)
            write([UInt8(ascii: "\n")], to: terminal)
        }
        write(Array(prompt.utf8), to: terminal)
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while line.count < 1_024, read(terminal, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
        return line
    }
}
