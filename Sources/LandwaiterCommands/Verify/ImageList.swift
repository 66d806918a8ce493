import Findings
import OCI

/// A file that lists images, one on a line: `LOCATION [as=REFERENCE] [namespace=NAME]`. Blank lines and lines that begin
/// with `#` say nothing.
struct ImageList {
    struct Line {
        /// From 1.
        let number: Int
        /// As it is written.
        let text: String
        /// The same for whoever reads it: a path is relative to the file.
        let location: String
        /// What is stated, or of an image in a registry its own.
        let reference: ImageReference?
        let namespace: String?
    }

    let lines: [Line]

    /// Bytes of a list.
    static let longest = 256 << 20
    /// Lines of a list.
    static let most = 100_000
    /// Bytes of a line: a path and a reference are shorter.
    static let longestLine = 16 << 10

    /// - Parameter file: `-` for standard input, where paths are relative to the working directory.
    init(_ file: String) throws(CommandFailure) {
        let bytes = try LocalFile.readOrStandardInput(file, limit: Self.longest)
        try self.init(bytes, file: file, directory: file == "-" ? "" : LocalFile.directory(of: file))
    }

    init(_ bytes: [UInt8], file: String, directory: String) throws(CommandFailure) {
        let called = file == "-" ? "standard input" : Finding.quoted(file)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .badData("expected UTF-8 in \(called), found something else")
        }
        var lines: [Line] = []
        for (position, line) in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            guard position <= Self.most else { throw .badData("\(called) has more than \(Self.most) lines") }
            do throws(CommandFailure) {
                guard line.count <= Self.longestLine else {
                    throw .badData("expected at most \(Self.longestLine) bytes, found \(line.count)")
                }
                if let line = try Self.line(Substring(line), number: position + 1, directory: directory) {
                    lines.append(line)
                }
            } catch {
                throw .badData("\(called) line \(position + 1): \(error.lines.first ?? "")")
            }
        }
        guard !lines.isEmpty else { throw .badData("there is no image in \(called)") }
        self.lines = lines
    }

    private static func line(
        _ line: Substring, number: Int, directory: String
    ) throws(CommandFailure) -> Line? {
        let words = line.utf8.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }.map { String(Substring($0)) }
        guard let location = words.first, location.utf8.first != UInt8(ascii: "#") else { return nil }
        var stated: [String: String] = [:]
        for word in words.dropFirst() {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, ["as", "namespace"].contains(parts[0]), stated[parts[0]] == nil else {
                throw .badData("expected LOCATION [as=REFERENCE] [namespace=NAME], found \(Finding.quoted(word))")
            }
            stated[parts[0]] = parts[1]
        }
        let path = ImageOptions.location(location, relativeTo: directory)
        let reference = try ImageOptions.name(stated: stated["as"], location: path)
        // What can't be a location is said with its line, before anything is decided.
        _ = try ImageOptions.source(path)
        return Line(
            number: number, text: location, location: path, reference: reference, namespace: stated["namespace"])
    }
}
