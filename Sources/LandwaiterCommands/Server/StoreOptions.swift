package import ArgumentParser
import Findings
package import StrictEncoding

/// Which verdicts are read: those of a server's document, or of a database by its place.
package struct StoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The server's document; its store is read.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    package var config: String?

    @Option(
        help: ArgumentHelp(
            "Instead of a document: the file of a SQLite database, or postgres:CONNINFO as libpq takes it. A password "
                + "belongs into PGPASSFILE or PGPASSWORD.",
            valueName: "file|postgres:conninfo"), completion: .file())
    package var database: String?

    package init() {}
}

/// How an answer of `audit` and `rollout` is written.
package enum AnswerFormat: String, CaseIterable, ExpressibleByArgument, Sendable { case text, json }

/// A time on the command line: `2026-11-20T12:00:00Z`, or `7d` for that long ago.
package struct StatedTime: ExpressibleByArgument, Sendable {
    private enum Statement {
        case instant(Instant)
        case ago(Int64)
    }

    private let statement: Statement

    package init(daysAgo days: Int64) { statement = .ago(StatedDuration(days: days).seconds) }

    package init?(argument: String) {
        if let duration = StatedDuration(argument: argument) {
            statement = .ago(duration.seconds)
        } else if let instant = Instant(rfc3339: argument) {
            statement = .instant(instant)
        } else {
            return nil
        }
    }

    package func instant(at now: Instant) -> Instant {
        switch statement {
        case .instant(let instant): instant
        case .ago(let seconds): Instant(secondsSince1970: max(0, now.secondsSince1970 - seconds))
        }
    }
}

extension StatedTime: CustomStringConvertible {
    /// As help shows a default.
    package var description: String {
        switch statement {
        case .instant(let instant): instant.description
        case .ago(let seconds): StatedDuration(seconds: seconds).description
        }
    }
}
