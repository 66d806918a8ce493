import ArgumentParser
import Findings
import Sigstore
import StrictEncoding
import TUF

struct TrustShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows what trust there is: authorities, logs, keys, lists, roles, and until when each holds.",
        discussion: """
            WHAT is the directory of a store (`landwaiter trust init`), a file, or the word public-good for the Sigstore \
            instance that this program knows, which is also shown where nothing is named. A file is a `trusted_root.json` or \
            lines of them, root metadata of a repository, a SPIFFE bundle, an index or a map of bundles, certificates, \
            revocation lists, or a public key. Nothing is judged, and no network is asked.

            EXAMPLES
              landwaiter trust show
              landwaiter trust show trust/
              landwaiter trust show trusted_root.json roots/corporate.pem lists/corporate.crl --output json
            """)

    @Argument(help: ArgumentHelp("A store, a file, or public-good.", valueName: "what"), completion: .file())
    var what: [String] = []

    @Option(help: "A file of a store's repository to show; may be repeated.")
    var target: [String] = TrustTargets.usual

    @Option(
        help: ArgumentHelp("Refuse a store that is expired at this time instead of now.", valueName: "time"))
    var at: String?

    @Option(help: "How the answer is written.")
    var output: VerifyCommand.OutputFormat = .text

    func run() async throws {
        try await running {
            let sources = try sources()
            switch output {
            case .text: Terminal.write(TrustTable.text(sources))
            case .json: Terminal.write(Self.json(sources).canonicalBytes() + [UInt8(ascii: "\n")])
            }
        }
    }

    func sources() throws(CommandFailure) -> [TrustSource] {
        let (instant, _) = try Clock.instant(stated: at)
        _ = try TrustTargets.paths(target)
        var sources: [TrustSource] = []
        for what in what.isEmpty ? ["public-good"] : what {
            // A file of that name is a file.
            if what == "public-good", !LocalFile.exists(what) {
                sources.append(TrustSource(.publicGood, named: what, isEmbedded: true))
            } else if LocalFile.isDirectory(what) {
                try TrustTargets.checkUsable(what, at: instant)
                sources += TrustSource.store(what, targets: target)
            } else {
                sources += try TrustFile.sources(what)
            }
        }
        return sources
    }

    /// As docs/trust-show.schema.json has it.
    static func json(_ sources: [TrustSource]) -> JSONTree {
        let list = sources.map { source -> JSONTree in
            let parts = source.parts.map { part -> JSONTree in
                var members = part.members
                switch part.obstacle {
                case nil: break
                case .missing(let why), .unreadable(let why), .unusable(let why): members["note"] = .string(why)
                }
                return .object(members)
            }
            return JSONTree(members: [
                "name": .string(source.name), "form": .string(source.form),
                "facts": source.facts.isEmpty ? nil : TrustPart.json(source.facts), "parts": .array(parts),
            ])
        }
        return ["schemaVersion": 1, "sources": .array(list)]
    }
}
