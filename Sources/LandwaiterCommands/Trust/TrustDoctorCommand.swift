import AdmissionPolicy
import ArgumentParser
import Findings
import Sigstore
import StrictEncoding

struct TrustDoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Says how long every part of trust still holds, and what to do before one ends.",
        discussion: """
            Looks at the files, stores, trusted roots and policies that are named, and where none is, at the trust that is \
            built in. A part that ended and has a successor is history, and no problem. No network is asked.

            Exits 1 if a part has ended, ends within the time of `--within`, or is missing; 65 if one is there and can't be \
            read; 0 else.

            EXAMPLES
              landwaiter trust doctor --trust-store trust/
              landwaiter trust doctor --policy policies/finance --trusted-root trusted_root.json --within 60d
              landwaiter trust doctor bundles/index.json lists/corporate.crl --output json
            """)

    @Argument(
        help: ArgumentHelp("A file of trust, as in `trust show`.", valueName: "file"), completion: .file())
    var files: [String] = []

    @Option(
        help: ArgumentHelp(
            "A policy file or a directory of them; SOURCE= names the team it comes from.", valueName: "[SOURCE=]PATH"),
        completion: .file())
    var policy: [String] = []

    @OptionGroup var guardrails: GuardrailOptions

    @OptionGroup var trustedRoots: TrustedRootOptions

    @Option(
        help: ArgumentHelp(
            "A store of `trust init`, as `verify` takes it; may be repeated.", valueName: "DIR[:TARGET][=PROFILE]"),
        completion: .directory)
    var trustStore: [String] = []

    @Option(help: ArgumentHelp("Warn when less is left than this.", valueName: "duration"))
    var within = TrustDoctorCommand.thirtyDays

    @Option(
        help: ArgumentHelp(
            "The same for what machines renew every few days: timestamp and snapshot roles of a repository, SPIFFE bundles, "
                + "revocation lists. Never more than --within.", valueName: "duration"))
    var withinOnline = TrustDoctorCommand.oneDay

    @Option(help: ArgumentHelp("As of this instant (RFC 3339) instead of now.", valueName: "time"))
    var at: String?

    @Option(help: "How the answer is written.")
    var output: VerifyCommand.OutputFormat = .text

    static let thirtyDays = StatedDuration(days: 30)
    static let oneDay = StatedDuration(days: 1)

    func run() async throws {
        try await running {
            let report = try report()
            switch output {
            case .text: Terminal.write(TrustTable.text(report.standings, isColourful: Terminal.isColourful))
            case .json: Terminal.write(report.json.canonicalBytes() + [UInt8(ascii: "\n")])
            }
            if let status = report.status { throw status }
        }
    }

    func report() throws(CommandFailure) -> TrustReport {
        let instant = try Clock.instant(stated: at).0
        guard guardrails.guardrails.isEmpty || !policy.isEmpty else {
            throw .usage("`--guardrails` bounds policies, and there is none", "give `--policy PATH` besides")
        }
        let check = TrustCheck(instant: instant, within: within.seconds, withinOnline: withinOnline.seconds)
        return TrustReport(check: check, standings: check.standings(try sources(at: instant)))
    }

    private func sources(at instant: Instant) throws(CommandFailure) -> [TrustSource] {
        var sources: [TrustSource] = []
        for file in files { sources += Self.file(file, at: instant) }
        for text in trustStore {
            let choice = try TrustStoreChoice(parsing: text)
            sources += TrustSource.store(choice.directory, targets: [choice.target])
        }
        var needsRoot = files.isEmpty && trustStore.isEmpty && policy.isEmpty
        if !policy.isEmpty {
            let (read, policies) = try self.policies(at: instant)
            sources += read
            needsRoot = policies?.needsTrustedRoot ?? false
        }
        if trustedRoots.files.isEmpty, trustStore.isEmpty, needsRoot {
            sources.append(TrustSource(.publicGood, named: "public-good", isEmbedded: true, isAsked: true))
        }
        for root in trustedRoots.files { sources += try Self.root(root) }
        return sources
    }

    private static func file(_ path: String, at instant: Instant) -> [TrustSource] {
        do throws(CommandFailure) {
            return try TrustFile.sources(path, at: instant)
        } catch {
            return [TrustSource(path, form: "file", error, kind: .file)]
        }
    }

    /// A trusted root as `verify` would read it.
    private static func root(_ text: String) throws(CommandFailure) -> [TrustSource] {
        let (path, requirement) = try TrustedRootOptions.parts(text)
        do throws(CommandFailure) {
            let roots = try TrustedRootOptions.roots(path, requirement)
            return roots.map {
                TrustSource(
                    $0, named: roots.count == 1 ? path : "\(path): \($0.name)",
                    isEmbedded: $0.digest == SigstoreTrustedRoot.publicGood.digest, isAsked: true)
            }
        } catch {
            return [TrustSource(path, form: "trusted root", error, kind: .file)]
        }
    }

    /// Of policies that don't load, what keeps them from it.
    private func policies(at instant: Instant) throws(CommandFailure) -> ([TrustSource], PolicySet?) {
        let paths = policy.joined(separator: " ")
        let read: [PolicySource]
        do throws(CommandFailure) {
            read = try PolicyFiles.sources(policy, guardrails: guardrails.guardrails)
        } catch {
            let places = (policy + guardrails.guardrails).map { PolicyFiles.split($0).path }
            let absent = places.first { !LocalFile.exists($0) }
            let source = TrustSource(
                absent ?? paths, form: "policies", error, kind: .policy, isMissing: absent != nil)
            return ([source], nil)
        }
        do throws(PolicyLoadFailure) {
            let policies = try PolicySet.load(read)
            return (TrustSource.policies(policies, at: instant), policies)
        } catch {
            let parts = error.errors.map { error in
                TrustPart(
                    kind: .policy, name: error.place.description,
                    obstacle: error.code == .policyFileKeyUnreadable
                        ? .missing(error.message) : .unreadable("\(error.message)  [\(error.code)]"))
            }
            return ([TrustSource(name: paths, form: "policies", parts: parts)], nil)
        }
    }
}

/// How everything stands.
struct TrustReport {
    let check: TrustCheck
    let standings: [TrustCheck.Standing]

    /// Nil if nobody has to do anything.
    var status: ExitCode? {
        let problems = standings.filter(\.isProblem)
        if problems.contains(where: { $0.status == .unreadable }) { return ExitStatus.badData }
        return problems.isEmpty ? nil : ExitStatus.reject
    }

    /// As docs/trust-doctor.schema.json has it.
    var json: JSONTree {
        [
            "schemaVersion": 1, "at": .string(check.instant.description), "withinSeconds": .integer(check.within),
            "withinOnlineSeconds": .integer(min(check.within, check.withinOnline)),
            "problems": .integer(Int64(standings.count { $0.isProblem })), "parts": .array(standings.map(\.json)),
        ]
    }
}

extension TrustSource {
    /// A file that could not be read, or is not there.
    ///
    /// - Parameter isMissing: nil to look.
    fileprivate init(
        _ path: String, form: String, _ failure: CommandFailure, kind: TrustPart.Kind, isMissing: Bool? = nil
    ) {
        let why = failure.lines.first ?? "can't be read"
        let isMissing = isMissing ?? !LocalFile.exists(path)
        let part = TrustPart(kind: kind, name: path, obstacle: isMissing ? .missing(why) : .unreadable(why))
        self.init(name: path, form: form, parts: [part])
    }
}
