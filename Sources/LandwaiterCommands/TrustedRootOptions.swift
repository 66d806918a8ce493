import ArgumentParser
import Findings
import Sigstore

/// Whose logs and timestamp authorities are believed about when a key signed.
struct TrustedRootOptions: ParsableArguments {
    @Option(
        name: .customLong("trusted-root"),
        help: ArgumentHelp(
            "A `trusted_root.json`, or lines of them, whose logs and authorities prove when a key signed. PROFILE is "
                + "public-good, as if none is named, or github-private.",
            valueName: "FILE[=PROFILE]"),
        completion: .file(extensions: ["json", "jsonl"]))
    var files: [String] = []

    /// Named by their files, without directory and ending.
    func roots() throws(CommandFailure) -> [SigstoreTrustedRoot] {
        var roots: [SigstoreTrustedRoot] = []
        for file in files {
            let (path, requirement) = Self.parts(file)
            let bytes = try LocalFile.read(path, limit: SigstoreTrustedRoot.longestFile)
            let name = path.split(separator: "/").last?.split(separator: ".").first.map(String.init) ?? "root"
            do {
                roots += try SigstoreTrustedRoot.all(parsing: bytes, name: name) { _ in requirement }
            } catch {
                throw .badData("\(Finding.quoted(path)): \(error.message)")
            }
        }
        return roots
    }

    /// A path may hold `=`; only a known profile after the last one is one.
    private static func parts(_ text: String) -> (path: String, requirement: ProofRequirement) {
        for (name, requirement) in [("public-good", ProofRequirement.publicGood), ("github-private", .githubPrivate)]
        where text.utf8.count > name.utf8.count + 1 && text.hasSuffix("=" + name) {
            return (String(text.dropLast(name.count + 1)), requirement)
        }
        return (text, .publicGood)
    }
}
