import LocalFiles
package import StrictEncoding
import Synchronization

/// What was read from files that others replace, and is read again when they changed.
///
/// Each look reads the files, which are small, and compares their bytes: that sees every way of replacing a file, also a
/// directory that a link is turned to. What does not load keeps what was loaded before.
package final class WatchedFiles<Value: Sendable>: Sendable {
    /// Turns the bytes of the files, in their order, into the value; the text that it throws is for whoever runs the server.
    package typealias Load = @Sendable (_ files: [[UInt8]], _ now: Instant) throws(WatchedFilesError) -> Value

    package let paths: [String]
    private let load: Load
    private let state: Mutex<State>

    private struct State {
        var value: Value
        var generation: Int
        /// What `value` was loaded from.
        var bytes: [[UInt8]]
        var lastFailure: String?
    }

    /// - Throws: if the files can't be loaded now: there is nothing to keep yet.
    package init(_ paths: [String], at now: Instant, load: @escaping Load) throws(WatchedFilesError) {
        self.paths = paths
        self.load = load
        let bytes = try Self.read(paths)
        let value = try load(bytes, now)
        state = Mutex(State(value: value, generation: 0, bytes: bytes, lastFailure: nil))
    }

    /// What counts now.
    package var current: Value { state.withLock { $0.value } }

    /// The same, with how often it was replaced before.
    var versioned: (value: Value, generation: Int) { state.withLock { ($0.value, $0.generation) } }

    /// Looks at the files once. Files that would not load are tried again each time: a key may arrive after its
    /// certificate, or a certificate become valid.
    ///
    /// - Returns: nil where nothing changed, or fails for the same reason as before.
    package func refresh(at now: Instant) -> ReloadOutcome? {
        do throws(WatchedFilesError) {
            let bytes = try Self.read(paths)
            let isUnchanged = state.withLock { state in
                guard state.bytes == bytes else { return false }
                state.lastFailure = nil
                return true
            }
            guard !isUnchanged else { return nil }
            let value = try load(bytes, now)
            state.withLock { state in
                state.value = value
                state.generation += 1
                state.bytes = bytes
                state.lastFailure = nil
            }
            return .reloaded
        } catch {
            return state.withLock { state in
                guard state.lastFailure != error.message else { return nil }
                state.lastFailure = error.message
                return .kept(because: error.message)
            }
        }
    }

    /// Why what lies there now is not what counts; nil if it is.
    package var failure: String? { state.withLock { $0.lastFailure } }

    private static func read(_ paths: [String]) throws(WatchedFilesError) -> [[UInt8]] {
        var all: [[UInt8]] = []
        for path in paths {
            do throws(FileError) {
                all.append(try OpenFile.open(path: path, calledAs: path).bytes(limit: byteLimit))
            } catch {
                throw WatchedFilesError(message: error.sentence)
            }
        }
        return all
    }

    /// A bundle of many authorities has some hundred KB; PKI's own limits are of this order.
    private static var byteLimit: Int { 4 << 20 }
}

/// What a look at files came to, where it came to something.
package enum ReloadOutcome: Sendable, Equatable {
    case reloaded
    /// What was loaded before still counts.
    case kept(because: String)
}

/// Why files can't be loaded.
package struct WatchedFilesError: Error, Equatable {
    /// One line: which file, what was expected, what found.
    package let message: String

    package init(message: String) { self.message = message }
}

/// Something that looks at its files now and then.
package protocol Reloading: Sendable {
    /// For logs, like `certificate of listener admission`.
    var title: String { get }
    func refresh(at now: Instant) -> ReloadOutcome?
    /// Why what lies there now is not what counts; nil if it is.
    var failure: String? { get }
}

extension FileError {
    /// One line for whoever runs the server.
    var sentence: String {
        switch self {
        case .absent(let name): "expected the file `\(name)`, found none"
        case .link(let name): "expected the file `\(name)`, found a link in its place"
        case .notAFile(let name, let found): "expected the file `\(name)`, found \(found)"
        case .tooLarge(let name, let size, let limit):
            "expected at most \(limit) bytes in `\(name)`, found \(size)"
        case .cutShort(let name): "expected `\(name)` to keep its size while it was read, found that it shrank"
        case .system(let name, let number): "expected to read `\(name)`, found: \(FileError.text(of: number))"
        }
    }
}
