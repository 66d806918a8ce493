import ArgumentParser
import Content
import Findings
import PKI
import Sigstore
import StrictEncoding
import TUF
import TUFClient
import TransparencyLog

struct TrustShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows the trust that is stored: roles, keys, authorities, logs, and until when each holds.",
        discussion: """
            EXAMPLES
              landwaiter trust show trust/
            """)

    /// What repositories that distribute a Sigstore trusted root call it.
    static let standardTargets = ["trusted_root.json"]

    @Argument(help: "The directory that holds the trust.", completion: .directory)
    var directory: String

    @Option(help: "A file of the repository to show; may be repeated.")
    var target: [String] = TrustShowCommand.standardTargets

    @Option(help: "Judge by this time instead of now, as in 2026-11-20T12:00:00Z.")
    var at: String?

    func run() async throws {
        try await running {
            let (instant, _) = try Clock.instant(stated: at)
            let paths = try Self.paths(target)
            let trust: RepositoryTrust
            do throws(TrustUpdateError) {
                trust = try TrustStore(path: directory).load(targets: paths, at: instant)
            } catch {
                throw CommandFailure(error, directory)
            }
            Terminal.write(TrustText.of(trust, at: instant))
        }
    }

    static func paths(_ names: [String]) throws(CommandFailure) -> [TargetPath] {
        var paths: [TargetPath] = []
        for name in names {
            do throws(TUFError) {
                paths.append(try TargetPath(name))
            } catch {
                throw .usage(error.message)
            }
        }
        return paths
    }
}

/// Stored trust for people.
enum TrustText {
    static func of(_ trust: RepositoryTrust, at instant: Instant) -> String {
        let targets = trust.targetsMetadata
        let roles: [(String, Int, Instant, RoleAuthority)] = [
            ("root", trust.root.version, trust.root.expires, trust.root.root),
            ("timestamp", trust.timestamp.version, trust.timestamp.expires, trust.root.timestamp),
            ("snapshot", trust.snapshot.version, trust.snapshot.expires, trust.root.snapshot),
            ("targets", targets.version, targets.expires, trust.root.targets),
        ]
        var lines = roles.map { name, version, expires, authority in
            "\(padded(name, 10))version \(padded(String(version), 7))expires \(expires) (\(left(until: expires, at: instant)))"
                + "  \(authority.threshold) of \(authority.distinctKeys.count) keys"
        }
        for (path, content) in trust.targets.sorted(by: { $0.key.text < $1.key.text }) {
            lines.append("target    \(Finding.quoted(path.description)) \(content.digest)")
            if let root = try? SigstoreTrustedRoot.all(parsing: content.bytes, name: path.description) {
                lines += root.flatMap(Self.lines)
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func lines(_ root: SigstoreTrustedRoot) -> [String] {
        root.certificateAuthorities.all.map { authority in
            line("certificate authority", authority.certificates.last?.fingerprint ?? "", authority.validFor)
        }
            + root.timestampAuthorities.map {
                line("timestamp authority", $0.name, $0.authority.validFor)
            }
            + root.certificateLogs.map { line("certificate log", $0.key.fingerprint, $0.validFor) }
            + root.logs.logs.map { log in
                "  \(padded("log", 23))\(log.publicKey.fingerprint)  \(log.validity.lowerBound) to "
                    + (log.validity.upperBound == .latest ? "now on" : log.validity.upperBound.description)
                    + "  \(Finding.escaped(log.baseURL))"
            }
            + root.unusable.map {
                "  unusable               \(Finding.escaped($0.place)): \(Finding.escaped($0.reason))"
            }
    }

    private static func line(_ kind: String, _ name: String, _ period: ValidityPeriod) -> String {
        "  \(padded(kind, 23))\(name)  \(period.start) to \(period.end?.description ?? "now on")"
    }

    /// Whole days, cut off: what is left of the last is no day.
    private static func left(until expires: Instant, at instant: Instant) -> String {
        let days = (expires.secondsSince1970 - instant.secondsSince1970) / 86_400
        return days == 1 ? "1 day" : "\(days) days"
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
