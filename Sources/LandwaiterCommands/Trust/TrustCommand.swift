import ArgumentParser
import Findings
import StrictEncoding
import TUF
import TUFClient

struct TrustCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "Keeps trust up to date, shows it, and warns before it ends.",
        subcommands: [
            TrustInitCommand.self, TrustUpdateCommand.self, TrustShowCommand.self, TrustDoctorCommand.self,
        ])
}

struct TrustInitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Begins trust in a repository, with a root that you have from elsewhere.",
        discussion: """
            Everything else is believed because this root, or one that follows from it, says so. Take it from where you \
            took the program, or compare its digest with the publisher's.

            EXAMPLES
              landwaiter trust init trust/ --root 1.root.json
            """)

    @Argument(help: "The directory to hold the trust; it is made.", completion: .directory)
    var directory: String

    @Option(help: "Root metadata of the repository, in any version.", completion: .file(extensions: ["json"]))
    var root: String

    func run() async throws {
        try await running {
            let bytes = try LocalFile.read(root, limit: TUFLimits.standard.rootBytes)
            do throws(TrustUpdateError) {
                try await TrustStore(path: directory).begin(withRoot: bytes)
            } catch {
                throw CommandFailure(error, directory)
            }
            Terminal.writeError("trust in \(directory) begins; `landwaiter trust update` brings it up to date")
        }
    }
}

struct TrustUpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Brings trust up to date from a repository, and says how long it holds.",
        discussion: """
            If that fails, the trust of the last complete update stays in use as long as none of it is expired, the exit \
            status says that the update failed, and standard error says why.

            EXAMPLES
              landwaiter trust update trust/ --from /media/repository
              landwaiter trust update trust/ --from repository/ --target keys/release.pub
            """)

    @Argument(help: "The directory that holds the trust.", completion: .directory)
    var directory: String

    @Option(
        help: "A directory with the repository's files as its server has them, in `metadata` and `targets`.",
        completion: .directory)
    var from: String

    @Option(help: "A file of the repository to have; may be repeated.")
    var target: [String] = TrustTargets.usual

    @Option(help: "Judge by this time instead of now, as in 2026-11-20T12:00:00Z.")
    var at: String?

    func run() async throws {
        try await running {
            let (instant, _) = try Clock.instant(stated: at)
            let paths = try TrustTargets.paths(target)
            let source: DirectorySource
            do throws(MetadataSourceError) {
                source = try DirectorySource(path: from)
            } catch {
                throw CommandFailure(.source(error), from)
            }
            let updater = TrustUpdater(store: TrustStore(path: directory), source: source)
            switch await updater.refresh(targets: paths, at: instant) {
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
