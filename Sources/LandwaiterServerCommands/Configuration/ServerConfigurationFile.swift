import AdmissionPolicy
import AdmissionServer
import Findings
import LandwaiterCommands

extension ServerConfiguration {
    /// Most bytes of a document.
    private static let longest = 1 << 20

    /// Reads the document that a command names.
    ///
    /// - Parameters:
    ///   - openToAll: of `--insecure-any-caller`.
    ///   - checkingCallers: whether surfaces need callers; not for commands that serve nothing.
    static func load(
        _ path: String, openToAll: [String] = [], checkingCallers: Bool = true
    ) throws(CommandFailure) -> ServerConfiguration {
        var surfaces: Set<SurfaceName> = []
        for name in openToAll {
            guard let surface = SurfaceName(rawValue: name), surface.needsCallers else {
                let names = SurfaceName.allCases.filter(\.needsCallers).map(\.rawValue).joined(separator: ", ")
                throw .usage(
                    "expected a surface for `--insecure-any-caller`, found \(Finding.quoted(name))", "one of \(names)")
            }
            surfaces.insert(surface)
        }
        let bytes = try LocalFile.read(path, limit: longest)
        do throws(PolicyLoadFailure) {
            return try ServerConfiguration(
                parsing: bytes, file: path, directory: LocalFile.directory(of: path), openToAll: surfaces,
                checkingCallers: checkingCallers)
        } catch {
            throw Self.failure(error)
        }
    }

    /// Every problem, one a line, with what mends it. The reader is the one of policies; what it says of their page is
    /// true of this document's.
    static func failure(_ failure: PolicyLoadFailure) -> CommandFailure {
        var lines = [
            "\(failure.errors.count) \(failure.errors.count == 1 ? "problem" : "problems") in the server's configuration"
        ]
        for error in failure.errors {
            lines.append("\(error.line == 0 ? error.file : error.place.description): \(error.message)")
            lines.append("    mend: \(mend(error))")
        }
        return CommandFailure(status: ExitStatus.badData, lines: lines)
    }

    private static func mend(_ error: PolicyError) -> String {
        error.mend.replacing("docs/policy.md", with: "docs/server.md")
    }
}
