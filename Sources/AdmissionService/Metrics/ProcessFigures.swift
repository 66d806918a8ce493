import Glibc

/// What the process uses, as Linux tells it in /proc; a figure that can't be had is left out.
enum ProcessFigures {
    static func read(_ readings: inout GaugeReadings) {
        if let statm = text("/proc/self/statm") {
            let fields = statm.split(separator: " ")
            if fields.count > 1, let pages = Double(fields[1]) {
                readings.set(.memory, to: pages * Double(sysconf(Int32(_SC_PAGESIZE))))
            }
        }
        // After the name in parentheses, which may hold anything: user and system time are fields 14 and 15 of proc(5).
        if let stat = text("/proc/self/stat"), let end = stat.lastIndex(of: ")") {
            let fields = stat[stat.index(after: end)...].split(separator: " ")
            let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
            if fields.count > 12, ticks > 0, let user = Double(fields[11]), let system = Double(fields[12]) {
                readings.set(.cpuSeconds, to: (user + system) / ticks)
            }
        }
        if let count = entries("/proc/self/fd") { readings.set(.openFiles, to: Double(count)) }
    }

    private static func text(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }

    private static func entries(_ path: String) -> Int? {
        guard let directory = opendir(path) else { return nil }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // `.`, `..`, and the descriptor that is read.
        return max(0, count - 3)
    }
}
