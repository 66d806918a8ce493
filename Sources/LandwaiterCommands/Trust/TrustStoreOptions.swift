package import ArgumentParser
import Content
package import Findings
package import Sigstore
package import StrictEncoding
import TUF
import TUFClient

/// Trusted roots that come from stores of `landwaiter trust init`, so that they are replaced without anybody's doing.
package struct TrustStoreOptions: ParsableArguments {
    @Option(
        name: .customLong("trust-store"),
        help: ArgumentHelp(
            "A store of `trust init` whose trusted root is believed, as of its last `trust update`; may be repeated. TARGET "
                + "is the file of the repository, trusted_root.json if none is named; PROFILE as in --trusted-root. A store "
                + "that is expired is refused.",
            valueName: "DIR[:TARGET][=PROFILE]"),
        completion: .directory)
    package var stores: [String] = []

    @Flag(
        help: """
            Bring the trust stores up to date first, over the network. Where that fails, what they hold is used as long as it \
            is not expired, and the record says so.
            """)
    package var refreshTrust = false

    package init() {}

    /// The roots that the stores hold at an instant, and what is to be said of them.
    package func roots(
        at instant: Instant, hypothetical: Bool
    ) async throws(CommandFailure) -> (roots: [SigstoreTrustedRoot], notes: [Finding]) {
        guard !refreshTrust || !stores.isEmpty else {
            throw .usage("`--refresh-trust` needs a store to bring up to date", "give `--trust-store DIR` besides")
        }
        guard !refreshTrust || !hypothetical else {
            throw .usage("`--refresh-trust` asks for today's trust, and `--at` judges as of another time")
        }
        var roots: [SigstoreTrustedRoot] = []
        var notes: [Finding] = []
        for text in stores {
            let choice = try TrustStoreChoice(parsing: text)
            let (read, note, _) = try await choice.roots(at: instant, refreshing: refreshTrust)
            roots += read
            if let note { notes.append(note) }
        }
        return (roots, notes)
    }
}

/// One trusted root of one store, as a command line names it.
package struct TrustStoreChoice {
    package let directory: String
    /// The file of the repository.
    package let target: String
    let requirement: ProofRequirement
    /// How policies and records call the root: the target if one is named, else the directory; without what stands before
    /// and without ending.
    package let name: String

    package init(directory: String, target: String?, requirement: ProofRequirement) {
        self.directory = directory
        self.target = target ?? TrustTargets.usual[0]
        self.requirement = requirement
        name = TrustedRootOptions.name(of: target ?? directory) ?? "trust-store"
    }

    /// A path may hold `:` and `=`: a directory that is there is taken as it is written.
    init(parsing text: String) throws(CommandFailure) {
        var rest = text
        var requirement = ProofRequirement.publicGood
        if !LocalFile.isDirectory(text), let sign = text.utf8.lastIndex(of: UInt8(ascii: "=")) {
            requirement = try TrustedRootOptions.requirement(
                String(text[text.index(after: sign)...]), of: "--trust-store")
            rest = String(text[..<sign])
        }
        let colons = LocalFile.isDirectory(rest) ? [] : rest.utf8.indices.filter { rest.utf8[$0] == UInt8(ascii: ":") }
        let colon = colons.first { LocalFile.isDirectory(String(rest[..<$0])) } ?? colons.first
        directory = colon.map { String(rest[..<$0]) } ?? rest
        target = colon.map { String(rest[rest.index(after: $0)...]) } ?? TrustTargets.usual[0]
        self.requirement = requirement
        name = TrustedRootOptions.name(of: colon == nil ? directory : target) ?? "trust-store"
    }

    /// - Parameter warn: is told where a refresh failed and stored trust is used.
    /// - Throws: status 65 where the store's trust can't be used, whatever the reason: nothing can be judged without it.
    package func roots(
        at instant: Instant, refreshing: Bool,
        warn: (String) -> Void = { Terminal.writeError("landwaiter: warning: " + $0) }
    ) async throws(CommandFailure) -> (roots: [SigstoreTrustedRoot], note: Finding?, expires: Instant) {
        let paths = try TrustTargets.paths([target])
        let store = TrustStore(path: directory)
        var note: Finding?
        let trust: RepositoryTrust
        if refreshing {
            switch try await TrustNetwork.refresh(store, called: directory, targets: paths, at: instant) {
            case .refreshed(let found): trust = found
            case .fallback(let found, let cause):
                trust = found
                // What a server said, or who it is, does not belong into a record.
                note = Finding(
                    .tufFallback,
                    "trust of \(Finding.quoted(name)) could not be refreshed; what is stored holds until \(trust.expires)"
                )
                warn(
                    "\(Finding.quoted(directory)): \(cause.message); the trust of the last complete "
                        + "update is used; it holds until \(trust.expires)")
            case .failed(let cause, let stored):
                throw Self.failure(cause, directory, "nor can stored trust be used: \(stored.message)")
            }
        } else {
            do throws(TrustUpdateError) {
                trust = try store.load(targets: paths, at: instant)
            } catch {
                throw Self.failure(error, directory)
            }
        }
        guard let path = paths.first, let content = trust.targets[path] else {
            throw .badData("\(Finding.quoted(directory)): expected \(Finding.quoted(target)), found nothing")
        }
        do {
            let roots = try SigstoreTrustedRoot.all(parsing: content.bytes, name: name) { _ in requirement }
            return (roots, note, trust.expires)
        } catch {
            throw .badData("\(Finding.quoted(directory)): \(Finding.quoted(target)): \(error.message)")
        }
    }

    private static func failure(_ error: TrustUpdateError, _ directory: String, _ lines: String...) -> CommandFailure {
        let finding = error.finding
        return CommandFailure(
            status: ExitStatus.badData,
            lines: ["\(Finding.quoted(directory)): \(finding.message)", "\(finding.code): \(finding.mend)"] + lines)
    }
}
