import ArgumentParser
import Findings
import StrictEncoding
import TUF
import TUFClient

struct TrustCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "Keeps trust up to date, shows it, and warns before it ends.",
        subcommands: [
            TrustInitCommand.self, TrustUpdateCommand.self, TrustExportCommand.self, TrustShowCommand.self,
            TrustDoctorCommand.self,
        ])
}

struct TrustInitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Begins trust in a repository, with a root that you have from elsewhere, or one that is built in.",
        discussion: """
            Everything else is believed because this root, or one that follows from it, says so. Take it from where you \
            took the program, or compare its digest with the publisher's. Said again with another address, the store is \
            told to update from there. Nothing is fetched.

            EXAMPLES
              landwaiter trust init trust/ --public-good
              landwaiter trust init trust/ --root 1.root.json --url https://tuf.example/metadata
            """)

    @Argument(help: "The directory to hold the trust; it is made.", completion: .directory)
    var directory: String

    @Option(help: "Root metadata of the repository, in any version.", completion: .file(extensions: ["json"]))
    var root: String?

    @Flag(help: "Begin with the root of Sigstore's public good instance that this program carries.")
    var publicGood = false

    @Option(
        help: ArgumentHelp(
            "Where the repository's metadata lies, for updates over the network; http:// for this machine alone. With "
                + "--public-good a mirror, and not needed.", valueName: "url"))
    var url: String?

    @Option(help: ArgumentHelp("Where its target files lie; `targets` below --url unless said.", valueName: "url"))
    var targetsURL: String?

    func run() async throws {
        try await running {
            let address = try address()
            let store = TrustStore(path: directory)
            switch (root, publicGood) {
            case (let root?, false):
                let bytes = try LocalFile.read(root, limit: TUFLimits.standard.rootBytes)
                try await begin { () async throws(TrustUpdateError) in
                    try await store.begin(withRoot: bytes, address: address)
                }
            case (nil, true):
                try await begin { () async throws(TrustUpdateError) in
                    try await store.begin(withShippedRoot: PublicGoodRepository.root, address: address)
                }
            default:
                throw CommandFailure.usage(
                    "expected one root to begin with",
                    "give `--root FILE`, or `--public-good` for the one that is built in")
            }
            Terminal.writeError("trust in \(directory) begins; `landwaiter trust update` brings it up to date")
        }
    }

    private func begin(_ body: () async throws(TrustUpdateError) -> Void) async throws(CommandFailure) {
        do throws(TrustUpdateError) {
            try await body()
        } catch {
            throw CommandFailure(error, directory)
        }
    }

    private func address() throws(CommandFailure) -> RepositoryAddress? {
        guard let url else {
            guard targetsURL == nil else { throw .usage("`--targets-url` needs `--url` besides") }
            return nil
        }
        do throws(RepositoryAddressError) {
            return try RepositoryAddress(metadata: url, targets: targetsURL)
        } catch {
            throw .usage(error.message)
        }
    }
}

struct TrustUpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Brings trust up to date from a repository, and says how long it holds.",
        discussion: """
            The repository is asked over the network where `trust init` said that it is, or read from a directory or an \
            archive. If the update fails, the trust of the last complete one stays in use as long as none of it is expired, \
            the exit status says that the update failed, and standard error says why.

            EXAMPLES
              landwaiter trust update trust/
              landwaiter trust update trust/ --from /media/repository.tar.gz
              landwaiter trust update trust/ --from repository/ --target keys/release.pub
            """)

    @Argument(help: "The directory that holds the trust.", completion: .directory)
    var directory: String

    @Option(
        help: ArgumentHelp(
            "Instead of the network: the repository's files as its server has them, in `metadata` and `targets`. A directory, "
                + "or a tar of it, also compressed with gzip or zstd.", valueName: "dir|file"),
        completion: .file())
    var from: String?

    @Option(help: "A file of the repository to have; may be repeated.")
    var target: [String] = TrustTargets.usual

    @Option(help: "Judge by this time instead of now, as in 2026-11-20T12:00:00Z.")
    var at: String?

    func run() async throws {
        try await running {
            let (instant, _) = try Clock.instant(stated: at)
            let paths = try TrustTargets.paths(target)
            switch try await outcome(paths, at: instant) {
            case .refreshed(let trust):
                Terminal.write(TrustTable.text(TrustSource.of(trust, in: directory)))
            case .fallback(let trust, let cause):
                Terminal.write(TrustTable.text(TrustSource.of(trust, in: directory)))
                let code = ReasonCode.tufFallback
                throw CommandFailure(
                    cause, directory,
                    also: "\(code): the trust of the last complete update is used; it holds until \(trust.expires)",
                    code.mend)
            case .failed(let cause, let stored):
                throw CommandFailure(cause, directory, also: "nor can stored trust be used: \(stored.message)")
            }
        }
    }

    private func outcome(_ paths: [TargetPath], at instant: Instant) async throws(CommandFailure) -> RefreshOutcome {
        let store = TrustStore(path: directory)
        guard let from else {
            return try await TrustNetwork.refresh(store, called: directory, targets: paths, at: instant)
        }
        let source: any MetadataSource
        do throws(MetadataSourceError) {
            source =
                LocalFile.exists(from) && !LocalFile.isDirectory(from)
                ? try ArchiveSource(path: from) : try DirectorySource(path: from)
        } catch {
            throw CommandFailure(.source(error), from)
        }
        return await TrustUpdater(store: store, source: source).refresh(targets: paths, at: instant)
    }
}

struct TrustExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes a store's trust into one file, which `trust update --from` reads elsewhere.",
        discussion: """
            The file is a tar of metadata and target files as a server has them, with every root that was verified here. \
            Who reads it verifies it all again, so it may travel by any way. Trust that is expired is not written.

            EXAMPLES
              landwaiter trust export trust/ trust.tar
              landwaiter trust update other/ --from trust.tar
            """)

    @Argument(help: "The directory that holds the trust.", completion: .directory)
    var directory: String

    @Argument(
        help: "The file to write; one that is there is never overwritten.", completion: .file(extensions: ["tar"]))
    var file: String

    @Option(help: "A file of the repository to write; may be repeated.")
    var target: [String] = TrustTargets.usual

    @Option(help: "Judge by this time instead of now, as in 2026-11-20T12:00:00Z.")
    var at: String?

    func run() async throws {
        try await running {
            let (instant, _) = try Clock.instant(stated: at)
            let paths = try TrustTargets.paths(target)
            let bytes: [UInt8]
            do throws(TrustUpdateError) {
                bytes = try TrustStore(path: directory).archive(targets: paths, at: instant)
            } catch {
                throw CommandFailure(error, directory)
            }
            try LocalFile.create(file, bytes, mode: 0o644)
        }
    }
}

extension CommandFailure {
    /// Status 1 where something is known to be wrong, 2 where it could not be had.
    init(_ error: TrustUpdateError, _ place: String, also lines: String...) {
        let finding = error.finding
        self.init(
            status: finding.code.effect == .reject ? ExitStatus.reject : ExitStatus.undecided,
            lines: ["\(Finding.quoted(place)): \(finding.message)", "\(finding.code): \(finding.mend)"] + lines)
    }
}
