package import AdmissionPolicy
package import ArgumentParser
import Findings
package import Sigstore
import StrictEncoding

/// Who is believed about when was signed and for whom certificates were issued.
package struct TrustedRootOptions: ParsableArguments {
    @Option(
        name: .customLong("trusted-root"),
        help: ArgumentHelp(
            "Whose certificates, logs and timestamps are believed: a `trusted_root.json`, lines of them, or the word "
                + "public-good for the Sigstore instance that this program knows. PROFILE is public-good, as if none is "
                + "named, or github-private, or what a signature has to show: logs:N,scts:N,timestamps:N. "
                + "insecure-promise-alone besides accepts a log's promise without proof that it was kept. Where none is "
                + "given, no trust store either, and a policy names signers by Sigstore certificates, it is public-good.",
            valueName: "FILE[=PROFILE]"),
        completion: .file(extensions: ["json", "jsonl"]))
    package var files: [String] = []

    package init() {}

    /// Named by their files, without directory and ending.
    ///
    /// - Parameters:
    ///   - policies: by whose signers it is decided whether any root is needed where none was given.
    ///   - stored: those of trust stores, which come first.
    package func roots(
        for policies: PolicySet, besides stored: [SigstoreTrustedRoot]
    ) throws(CommandFailure) -> [SigstoreTrustedRoot] {
        try Self.roots(files, for: policies, besides: stored)
    }

    static func roots(
        _ files: [String], for policies: PolicySet, besides stored: [SigstoreTrustedRoot] = []
    ) throws(CommandFailure) -> [SigstoreTrustedRoot] {
        var named: [SigstoreTrustedRoot] = []
        for file in files {
            let (path, requirement) = try parts(file)
            named += try Self.roots(path, requirement)
        }
        return try roots(named, for: policies, besides: stored, isAnyNamed: !files.isEmpty)
    }

    /// Those of stores first, then those that are named; public-good where there is none and the policies need one.
    package static func roots(
        _ named: [SigstoreTrustedRoot], for policies: PolicySet, besides stored: [SigstoreTrustedRoot],
        isAnyNamed: Bool
    ) throws(CommandFailure) -> [SigstoreTrustedRoot] {
        guard isAnyNamed || !stored.isEmpty else { return policies.needsTrustedRoot ? [.publicGood] : [] }
        let roots = stored + named
        // A policy may bind a signer to a root by its name.
        var seen: Set<ExactString> = []
        if let twice = roots.first(where: { !seen.insert(ExactString($0.name)).inserted }) {
            throw .usage(
                "expected trusted roots with names of their own, found two named \(Finding.quoted(twice.name))",
                "roots are named by their files and stores: give one of them another name")
        }
        return roots
    }

    /// The root, or the lines of them, of one file, or of the word that stands for the one that is built in.
    package static func roots(
        _ path: String, _ requirement: ProofRequirement
    ) throws(CommandFailure) -> [SigstoreTrustedRoot] {
        // A file of that name is a file.
        if path == "public-good", !LocalFile.exists(path) { return [.publicGood.requiring(requirement)] }
        let bytes = try LocalFile.read(path, limit: SigstoreTrustedRoot.longestFile)
        let name = name(of: path) ?? "root"
        do {
            return try SigstoreTrustedRoot.all(parsing: bytes, name: name) { _ in requirement }
        } catch {
            throw .badData("\(Finding.quoted(path)): \(error.message)")
        }
    }

    /// A path may hold `=`: what follows the last one is a profile unless a file has the whole name.
    static func parts(
        _ text: String
    ) throws(CommandFailure) -> (path: String, requirement: ProofRequirement) {
        guard let sign = text.utf8.lastIndex(of: UInt8(ascii: "=")), !LocalFile.exists(text) else {
            return (text, .publicGood)
        }
        let profile = String(text[text.index(after: sign)...])
        return (String(text[..<sign]), try requirement(profile, of: "--trusted-root"))
    }

    static func requirement(_ profile: String, of option: String) throws(CommandFailure) -> ProofRequirement {
        guard let requirement = ProofRequirement(profile: profile) else {
            throw .usage(
                "expected a profile after the `=` of `\(option)`, found \(Finding.quoted(profile))",
                "write public-good, github-private or logs:N,scts:N,timestamps:N, and insecure-promise-alone after it if needed"
            )
        }
        return requirement
    }

    /// How a root is named: by its file, without directory and ending.
    package static func name(of path: String) -> String? {
        path.split(separator: "/").last?.split(separator: ".").first.map(String.init)
    }
}

extension ProofRequirement {
    /// Words and counts with commas between them, each once. At least one signed statement of when has to be asked for,
    /// by a log or by an authority.
    package init?(profile: String) {
        self = .publicGood
        var counts: [String: Int] = [:]
        var words: Set<String> = []
        for (position, part) in profile.split(separator: ",", omittingEmptySubsequences: false).enumerated() {
            switch part {
            case "public-good" where position == 0: break
            case "github-private" where position == 0: self = .githubPrivate
            case "insecure-promise-alone" where words.insert(String(part)).inserted: insecureAcceptsPromiseAlone = true
            default:
                let halves = part.split(separator: ":", omittingEmptySubsequences: false)
                guard halves.count == 2, ["logs", "scts", "timestamps"].contains(halves[0]),
                    counts[String(halves[0])] == nil, let number = Int(halves[1]), (0...16).contains(number)
                else { return nil }
                counts[String(halves[0])] = number
            }
        }
        logEntries = counts["logs"] ?? logEntries
        certificateTimestamps = counts["scts"] ?? certificateTimestamps
        signedTimestamps = counts["timestamps"] ?? signedTimestamps
        guard logEntries + signedTimestamps > 0 else { return nil }
    }
}
