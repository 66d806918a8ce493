import Glibc

/// CPU time of this process: not disturbed by what else the machine does.
enum Measure {
    /// Microseconds of CPU for one run of `work`: the lowest of `batches`, each long enough to tell.
    static func microseconds(batches: Int = 7, atLeast: Double = 50_000, _ work: () -> Void) -> Double {
        work()
        var count = 1
        // Grow the batch until it takes long enough for the clock's grain not to matter.
        while time(count, work) < atLeast { count *= 2 }
        return (0..<batches).map { _ in time(count, work) / Double(count) }.min() ?? 0
    }

    private static func time(_ count: Int, _ work: () -> Void) -> Double {
        let start = now()
        for _ in 0..<count { work() }
        return now() - start
    }

    private static func now() -> Double {
        var value = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &value)
        return Double(value.tv_sec) * 1e6 + Double(value.tv_nsec) / 1e3
    }

    /// Microseconds of CPU, user and system, of a program from start to exit, and its most memory in KB: the lowest of
    /// `runs`.
    static func process(
        _ arguments: [String], runs: Int = 40
    ) -> (microseconds: Double, memory: Int, status: Int32)? {
        var best = Double.infinity
        var memory = Int.max
        var last: Int32 = -1
        for _ in 0..<runs {
            var pid: pid_t = 0
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
            defer { posix_spawn_file_actions_destroy(&actions) }
            var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
            defer { for word in words { free(word) } }
            guard posix_spawn(&pid, arguments[0], &actions, nil, &words, environ) == 0 else { return nil }
            var status: Int32 = 0
            var usage = rusage()
            guard wait4(pid, &status, 0, &usage) == pid else { return nil }
            last = (status >> 8) & 0xFF
            let spent =
                Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6
                + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
            best = min(best, spent)
            memory = min(memory, usage.ru_maxrss)
        }
        return (best, memory, last)
    }

    /// The same from a process of its own, which prints it (``Benchmarks``, `process`): the most memory of a process counts
    /// that of the one that started it, and this one has had a lot.
    static func processApart(
        _ arguments: [String], runs: Int
    ) -> (microseconds: Double, memory: Int, status: Int32)? {
        let words = [CommandLine.arguments[0], "process", String(runs)] + arguments
        let command = words.map { "'" + $0 + "'" }.joined(separator: " ")
        guard let output = popen(command, "r") else { return nil }
        defer { pclose(output) }
        var line = [CChar](repeating: 0, count: 200)
        guard fgets(&line, Int32(line.count), output) != nil else { return nil }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let fields = text.split { $0 == " " || $0 == "\n" }
        guard fields.count == 3, let time = Double(fields[0]), let memory = Int(fields[1]),
            let status = Int32(fields[2])
        else { return nil }
        return (time, memory, status)
    }

    /// What must not be optimised away.
    @inline(never) static func keep<T>(_ value: T) { _ = value }
}
