import Glibc
import LocalFiles
import Synchronization

/// One run of a program, without a shell, with bounded output and time.
///
/// The program becomes the leader of a process group of its own, so that what it started ends with it when it has to be
/// ended. Nothing waits in a thread: the pipes are looked at now and then.
enum HelperProcess {
    struct Ended: Sendable {
        let status: HelperStatus
        let output: [UInt8]
        let errors: [UInt8]
    }

    /// Whether a file could be run by this process.
    static func isProgram(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    /// - Parameters:
    ///   - input: at most what a pipe holds (4096 bytes by POSIX), since it is written before the program starts; so no
    ///     SIGPIPE can meet this process.
    ///   - limit: bytes of output, and of errors.
    static func run(
        path: String, arguments: [String], environment: [String: String], input: [UInt8], limit: Int,
        deadline: Duration, name: String
    ) async throws(CredentialHelperError) -> Ended {
        let end = ContinuousClock.now + deadline
        let child: Child
        do throws(FileError) {
            child = try Child.starting.withLock { _ throws(FileError) in
                try Child(path: path, arguments: arguments, environment: environment, input: input)
            }
        } catch {
            guard case .system(_, let number) = error else { throw .absent(name) }
            throw .notStarted(name, reason: FileError.text(of: number))
        }
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var pause = Duration.milliseconds(1)
        while true {
            // In this order: what was written before the end is there once the end is seen.
            let status = child.status()
            child.output.drain(into: &output, limit: limit)
            child.errors.drain(into: &errors, limit: limit)
            guard output.count <= limit, errors.count <= limit else {
                child.kill(unless: status)
                throw .tooMuchOutput(name)
            }
            if let status { return Ended(status: status, output: output, errors: errors) }
            guard ContinuousClock.now < end else {
                child.kill(unless: nil)
                throw .timedOut(name, after: deadline)
            }
            do { try await Task.sleep(for: pause) } catch {
                child.kill(unless: nil)
                throw .cancelled(name)
            }
            pause = min(pause * 2, .milliseconds(20))
        }
    }
}

/// A program that was started and has to be waited for.
private struct Child {
    private let process: pid_t
    let output: ReadEnd
    let errors: ReadEnd

    init(path: String, arguments: [String], environment: [String: String], input: [UInt8]) throws(FileError) {
        let (inputRead, inputWrite) = try Self.pipe()
        let (outputRead, outputWrite) = try Self.pipe()
        let (errorsRead, errorsWrite) = try Self.pipe()
        try inputWrite.write(input)
        output = ReadEnd(outputRead)
        errors = ReadEnd(errorsRead)

        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for (end, standard) in [(inputRead, STDIN_FILENO), (outputWrite, STDOUT_FILENO), (errorsWrite, STDERR_FILENO)] {
            posix_spawn_file_actions_adddup2(&actions, end.number, standard)
        }
        // Everything else that is open here is none of its business, whoever forgot to say so. Closed in the child, where
        // nobody opens any more meanwhile.
        if Self.closeFrom?(&actions, STDERR_FILENO + 1) != 0 {
            for number in Self.openDescriptors() where number > STDERR_FILENO {
                posix_spawn_file_actions_addclose(&actions, number)
            }
        }
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        // A text with a zero would end early and be another text; no variable of a process has one.
        let texts = ([path] + arguments, environment.map { $0.key + "=" + $0.value }.sorted())
        guard (texts.0 + texts.1).allSatisfy({ !$0.utf8.contains(0) }) else { throw .system(path, errno: EINVAL) }
        var started = pid_t()
        let result = CStrings.with(texts.0) { argv in
            CStrings.with(texts.1) { envp in posix_spawn(&started, path, &actions, &attributes, argv, envp) }
        }
        guard result == 0 else { throw .system(path, errno: result) }
        process = started
    }

    /// How it ended, nil while it runs. Not to be asked again after that.
    func status() -> HelperStatus? {
        var bits: Int32 = 0
        guard waitpid(process, &bits, WNOHANG) == process else { return nil }
        return Self.status(bits)
    }

    /// Ends it and what it started, and waits until it is gone.
    func kill(unless status: HelperStatus?) {
        guard status == nil else { return }
        Glibc.kill(-process, SIGKILL)
        var bits: Int32 = 0
        while waitpid(process, &bits, 0) < 0, errno == EINTR {}
    }

    /// `posix_spawn_file_actions_addclosefrom_np`, which glibc has from 2.34 on and Swift's module of it hides.
    private static let closeFrom = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np").map {
        unsafeBitCast(
            $0, to: (@convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32).self)
    }

    /// Empty where there is no /proc. One that is closed meanwhile does no harm: glibc passes over it.
    private static func openDescriptors() -> [Int32] {
        guard let directory = opendir("/proc/self/fd") else { return [] }
        defer { closedir(directory) }
        var numbers: [Int32] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let number = Int32(name) { numbers.append(number) }
        }
        return numbers
    }

    /// The macros of sys/wait.h, which are no functions in Swift.
    private static func status(_ bits: Int32) -> HelperStatus {
        bits & 0x7F == 0 ? .exited(bits >> 8 & 0xFF) : .signal(bits & 0x7F)
    }

    /// Both ends are above the standard streams, which they are to become, and are not inherited.
    private static func pipe() throws(FileError) -> (read: PipeEnd, write: PipeEnd) {
        var numbers: [Int32] = [-1, -1]
        guard Glibc.pipe(&numbers) == 0 else { throw .system("pipe", errno: errno) }
        let (read, write) = (PipeEnd(numbers[0]), PipeEnd(numbers[1]))
        return (try read.copy(), try write.copy())
    }

    /// Between a pipe and its flag another helper could start and inherit an end, and this one would wait for its input
    /// to end until that one has: so one starts after the other.
    static let starting = Mutex(())
}

/// A descriptor that is closed when its last holder goes.
private final class PipeEnd: Sendable {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    deinit { close(number) }

    func copy() throws(FileError) -> PipeEnd {
        let copy = fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
        guard copy >= 0 else { throw .system("pipe", errno: errno) }
        return PipeEnd(copy)
    }

    func write(_ bytes: [UInt8]) throws(FileError) {
        // Less than a pipe holds goes in at once or not at all.
        guard bytes.withUnsafeBytes({ Glibc.write(number, $0.baseAddress, $0.count) }) == bytes.count else {
            throw .system("pipe", errno: errno)
        }
    }
}

/// The end of a pipe that this process reads, without waiting.
private struct ReadEnd {
    private let end: PipeEnd

    init(_ end: PipeEnd) {
        self.end = end
        _ = fcntl(end.number, F_SETFL, O_NONBLOCK)
    }

    /// Takes what is there, and stops once there is more than `limit`.
    func drain(into bytes: inout [UInt8], limit: Int) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.count <= limit {
            let count = read(end.number, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            bytes += buffer[..<count]
        }
    }
}

/// Arrays of C strings, which end with a null pointer.
private enum CStrings {
    static func with<Result>(
        _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}
