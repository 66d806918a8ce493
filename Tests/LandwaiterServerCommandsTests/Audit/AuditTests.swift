import Foundation
import LandwaiterCommands
import StrictEncoding
import Synchronization
import Testing
import VerdictStorage

@testable import LandwaiterServerCommands

/// A database with decisions that tests know.
struct KnownVerdicts {
    let place: Place
    let store: SQLiteVerdictStore
    var path: String { place.path("verdicts.db") }

    static let first = Instant(secondsSince1970: 1_790_000_000)
    static let digests = ["a", "b"].map { "sha256:" + String(repeating: $0, count: 64) }
    static let evidence = "sha256:" + String(repeating: "e", count: 64)
    static let policyDigest = "sha256:" + String(repeating: "1", count: 64)
    static let trustDigest = "sha256:" + String(repeating: "2", count: 64)

    init() async throws {
        place = try Place()
        store = SQLiteVerdictStore(path: place.path("verdicts.db"))
        try await store.append([
            Self.verdict(
                0, image: "registry.example/finance/ledger:v1", digest: 0, verdict: "reject", stage: "enforce"),
            Self.verdict(
                60, image: "registry.example/finance/ledger:v1", digest: 0, verdict: "admit", stage: "enforce"),
            Self.verdict(120, image: "registry.example/finance/ledger:v2", digest: 1, verdict: "reject", stage: "warn"),
            Self.verdict(
                120, image: "registry.example/shop/cart:v1", digest: 1, verdict: "undecided", stage: "observe"),
        ])
    }

    static func id(_ seconds: Int64, _ random: UInt64) -> VerdictID {
        VerdictID(milliseconds: UInt64(first.secondsSince1970 + seconds) * 1000, random: (random, 7))
    }

    static func verdict(_ seconds: Int64, image: String, digest: Int, verdict: String, stage: String) -> StoredVerdict {
        let at = Instant(secondsSince1970: first.secondsSince1970 + seconds)
        let isEnforced = stage == "enforce"
        let namespace = image.contains("shop") ? "shop" : "finance"
        let code = verdict == "admit" ? nil : verdict == "reject" ? "signature.no-key-matches" : "image.unreachable"
        let headline: JSONTree =
            code.map {
                [
                    "code": .string($0), "effect": "reject", "message": "expected a signature, found \u{1B}[31mnone",
                    "rule": "team/finance#signed", "mend": "sign the image",
                ]
            } ?? .null
        let record: JSONTree = [
            "schemaVersion": 1, "engine": ["name": "landwaiter", "version": "0.1.0"], "verdict": .string(verdict),
            "enforcement": ["stage": .string(stage), "enforced": .bool(isEnforced)], "hypothetical": false,
            "evaluatedAt": .string(at.description),
            "request": [
                "transport": "registry", "namespace": .string(namespace),
                "reference": ["text": .string(image), "statedBy": "caller"],
            ],
            "image": ["digest": .string(digests[digest]), "mediaType": "application/vnd.oci.image.manifest.v1+json"],
            "headline": headline, "exceptions": [],
            "evidence": [
                "verified": verdict == "admit"
                    ? [["evidence": .string(evidence), "kind": "signature", "origin": "referrer"]] : [],
                "refused": [],
            ],
            "policyDigest": .string(policyDigest), "trustDigest": .string(trustDigest), "insecure": [],
        ]
        return StoredVerdict(
            id: id(seconds, image.contains("shop") ? 2 : 1), decidedAt: at, verdict: verdict,
            isBlocked: verdict != "admit" && isEnforced, stage: stage, image: image,
            repository: image.split(separator: ":").first.map(String.init), digest: digests[digest],
            namespace: namespace, surface: "kubernetes-validate", askedBy: "dns:apiserver.cluster.example",
            user: "Deployment \(namespace)/app, container app", headline: code, policyDigest: policyDigest,
            trustDigest: trustDigest,
            policies: [
                PolicyLine(name: "team/\(namespace)", verdict: verdict, stage: stage, isEnforced: isEnforced)
            ],
            evidence: verdict == "admit"
                ? [
                    StoredEvidence(
                        digest: evidence,
                        facts: [
                            EvidenceFact(kind: .signer, value: "corporate"),
                            EvidenceFact(kind: .key, value: "sha256:4f2a"),
                            EvidenceFact(kind: .component, value: "pkg:maven/org.example/logger@2.14.1"),
                        ])
                ] : [], record: record.canonicalBytes())
    }

    /// Runs a command line on this database; gives its status and what it wrote.
    func run(_ words: String...) async throws -> (status: Int32, output: String) {
        try await LandwaiterServerCommand.output(of: words + ["--database", path])
    }
}

extension LandwaiterServerCommand {
    /// Runs in process, with what is written to standard output kept.
    static func output(of words: [String]) async throws -> (status: Int32, output: String) {
        let kept = Mutex<[UInt8]>([])
        let status = try await Terminal.$keeper.withValue(Terminal.Keeper { bytes in kept.withLock { $0 += bytes } }) {
            try await Self.status(of: words)
        }
        return (status, String(decoding: kept.withLock { $0 }, as: UTF8.self))
    }
}

@Suite struct AuditTests {
    @Test func showsEveryDecisionAboutADigest() async throws {
        let known = try await KnownVerdicts()
        let (status, text) = try await known.run("audit", KnownVerdicts.digests[0])
        #expect(status == 0)
        #expect(
            text == """
                2 decisions about \(KnownVerdicts.digests[0]), 1 of them blocked

                2026-09-21T14:14:20Z  admit
                  image     registry.example/finance/ledger:v1  \(KnownVerdicts.digests[0])
                  where     namespace finance, kubernetes-validate
                  asked by  dns:apiserver.cluster.example
                  for       Deployment finance/app, container app
                  by        team/finance  admit  enforce, enforced
                  evidence  \(KnownVerdicts.evidence)  signature  key sha256:4f2a, signer corporate
                  policy    \(KnownVerdicts.policyDigest)
                  trust     \(KnownVerdicts.trustDigest)
                  id        \(KnownVerdicts.id(60, 1))

                2026-09-21T14:13:20Z  reject (blocked, enforce)  signature.no-key-matches
                  reason    signature.no-key-matches  expected a signature, found \\u{1b}[31mnone
                  rule      team/finance#signed
                  mend      sign the image
                  image     registry.example/finance/ledger:v1  \(KnownVerdicts.digests[0])
                  where     namespace finance, kubernetes-validate
                  asked by  dns:apiserver.cluster.example
                  for       Deployment finance/app, container app
                  by        team/finance  reject  enforce, enforced
                  policy    \(KnownVerdicts.policyDigest)
                  trust     \(KnownVerdicts.trustDigest)
                  id        \(KnownVerdicts.id(0, 1))

                """)
    }

    /// The image was admitted; the gate refused its name.
    @Test func showsWhatTheGateRefusedByItself() async throws {
        let known = try await KnownVerdicts()
        var verdict = KnownVerdicts.verdict(
            600, image: "registry.example/finance/ledger:v3", digest: 1, verdict: "admit", stage: "enforce")
        verdict.isBlocked = true
        verdict.headline = "service.unpinned-reference"
        try await known.store.append([verdict])
        let list = try await known.run("audit", "list", "--code", "service.unpinned-reference")
        #expect(
            list.output
                == "2026-09-21T14:23:20Z  admit (blocked, enforce)  service.unpinned-reference  "
                + "registry.example/finance/ledger:v3  namespace finance  \(KnownVerdicts.id(600, 1))\n")
        let shown = try await known.run("audit", "registry.example/finance/ledger:v3").output
        #expect(shown.contains("1 of them blocked"))
        #expect(
            shown.contains(
                """
                  reason    service.unpinned-reference  the image is named by a tag, which may name another image by the \
                time it is pulled
                  mend      name the image by digest, or let the mutating webhook pin it

                """))
        let impact = try await known.run("audit", "impact", "--digest", KnownVerdicts.digests[1])
        #expect(impact.output.contains("admit (blocked)"))
        #expect(impact.output.contains(", 1 of them let through at last\n"))
    }

    /// Whoever asks makes no schema, and so needs no right to: an empty file is as empty afterwards.
    @Test(arguments: [
        ["audit", KnownVerdicts.digests[0]], ["audit", "list"], ["audit", "export"],
        ["audit", "impact", "--key", "sha256:4f2a"], ["audit", "prune", "--before", "7d", "--dry-run"],
        ["rollout", "status"],
    ])
    func changesNothing(_ words: [String]) async throws {
        let place = try Place()
        let path = try place.write("", to: "empty.db")
        #expect(try await LandwaiterServerCommand.output(of: words + ["--database", path]).status == 65)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.url.path) == ["empty.db"])
    }

    @Test func showsByNameTagAndNamespace() async throws {
        let known = try await KnownVerdicts()
        #expect(try await known.run("audit", "registry.example/finance/ledger").output.hasPrefix("3 decisions"))
        #expect(try await known.run("audit", "registry.example/finance/ledger:v2").output.hasPrefix("1 decision about"))
        #expect(
            try await known.run("audit", KnownVerdicts.digests[1], "--namespace", "shop").output.hasPrefix("1 decision")
        )
        #expect(
            try await known.run("audit", "registry.example/finance/ledger", "--since", "2026-09-21T14:14:00Z").output
                .hasPrefix("2 decisions"))
        let none = try await known.run("audit", "registry.example/finance/ledger:v9")
        #expect(none.status == 2)
        #expect(none.output == "no decision about registry.example/finance/ledger:v9 is recorded\n")
    }

    @Test func showAsJSONHoldsTheRecordAsItWasWritten() async throws {
        let known = try await KnownVerdicts()
        let (_, text) = try await known.run(
            "audit", KnownVerdicts.digests[1], "--output", "json", "--namespace", "shop")
        let json = try JSONDocument(parsing: Array(text.utf8)).root
        let record = try #require(json["decisions"]?.array?.first?["record"])
        let stored = try #require(try await known.store.verdict(KnownVerdicts.id(120, 2)))
        #expect(JSONTree(record)?.canonicalBytes() == stored.record)
        #expect(json["decisions"]?.array?.first?["headline"]?.string == "image.unreachable")
    }

    @Test(arguments: ["sha256:abc", "not an image", "sha512:00"])
    func refusesWhatIsNoSubject(_ subject: String) async throws {
        let known = try await KnownVerdicts()
        #expect(try await known.run("audit", "show", subject).status == 64)
    }

    @Test func listFiltersAndGoesOn() async throws {
        let known = try await KnownVerdicts()
        let (_, first) = try await known.run("audit", "list", "--limit", "3")
        let lines = first.split(separator: "\n").map(String.init)
        #expect(lines.count == 4)
        let more = try #require(lines.last)
        #expect(more.hasPrefix("more: --after "))
        let (_, second) = try await known.run(
            "audit", "list", "--after", String(more.dropFirst("more: --after ".count)))
        #expect(
            second
                == "2026-09-21T14:13:20Z  reject (blocked, enforce)  signature.no-key-matches  "
                + "registry.example/finance/ledger:v1  namespace finance  \(KnownVerdicts.id(0, 1))\n")
        #expect(try await known.run("audit", "list", "--verdict", "undecided").output.split(separator: "\n").count == 1)
        #expect(try await known.run("audit", "list", "--policy", "team/shop").output.split(separator: "\n").count == 1)
        #expect(
            try await known.run("audit", "list", "--code", "signature.no-key-matches").output.split(separator: "\n")
                .count
                == 2)
        #expect(
            try await known.run("audit", "list", "--namespace", "nobody").output
                == "no decision is recorded that meets these conditions\n")
    }

    @Test(arguments: [
        ["--after", "x"], ["--limit", "0"], ["--limit", "1001"], ["--digest", "sha256:1"],
    ])
    func listRefusesWrongConditions(_ words: [String]) async throws {
        let known = try await KnownVerdicts()
        let status = try await LandwaiterServerCommand.status(of: ["audit", "list", "--database", known.path] + words)
        #expect(status == 64)
    }

    @Test func exportIsOldestFirstAndGoesOn() async throws {
        let known = try await KnownVerdicts()
        let (_, all) = try await known.run("audit", "export")
        let lines = all.split(separator: "\n").map(String.init)
        let ids = try lines.map { try JSONDocument(parsing: Array($0.utf8)).root["id"]?.string }
        let expected = [
            KnownVerdicts.id(0, 1), KnownVerdicts.id(60, 1), KnownVerdicts.id(120, 1), KnownVerdicts.id(120, 2),
        ].map(\.description)
        #expect(ids == expected)
        for position in expected.indices {
            let (_, rest) = try await known.run("audit", "export", "--after", expected[position])
            #expect(rest.split(separator: "\n").map(String.init) == Array(lines[(position + 1)...]))
        }
        #expect(try await known.run("audit", "export", "--after", "nothing").status == 64)
    }

    /// Many more than a page, most of them in one second, with the pages small.
    @Test func exportOfManyKeepsTheOrder() async throws {
        let place = try Place()
        let store = SQLiteVerdictStore(path: place.path("many.db"))
        var verdicts: [StoredVerdict] = []
        for number in 0..<200 {
            var verdict = KnownVerdicts.verdict(
                Int64(number < 150 ? 30 : number), image: "registry.example/a/b:v\(number)", digest: 0,
                verdict: "admit",
                stage: "warn")
            verdict.id = VerdictID(
                milliseconds: UInt64(verdict.decidedAt.secondsSince1970) * 1000,
                random: (UInt64(number * 7919 % 200) << 8, 1))
            verdicts.append(verdict)
        }
        try await store.append(verdicts)
        var export = ExportedDecisions(store: store, start: nil)
        export.page = 10
        var found: [ExportedDecisions.Position] = []
        try await export.write(
            from: Instant(secondsSince1970: 0),
            to: Instant(secondsSince1970: KnownVerdicts.first.secondsSince1970 + 1000)
        ) { found.append(.init(decidedAt: $0.decidedAt, id: $0.id)) }
        #expect(found.count == 200 && found == found.sorted())
        #expect(Set(found.map(\.id)).count == 200)
        await store.close()
    }

    @Test func impactNamesTheImagesAndWhereTheyRun() async throws {
        let known = try await KnownVerdicts()
        let (status, text) = try await known.run("audit", "impact", "--component", "logger")
        #expect(status == 1)
        #expect(
            text == """
                1 image on component logger, 1 of them let through at last

                registry.example/finance/ledger@\(KnownVerdicts.digests[0])
                  asked as  registry.example/finance/ledger:v1
                  where     finance
                  last      2026-09-21T14:14:20Z  admit  \(KnownVerdicts.id(60, 1))
                  first     2026-09-21T14:14:20Z  1 decision since
                  said      pkg:maven/org.example/logger@2.14.1

                """)
        for words in [["--key", "sha256:4f2a"], ["--signer", "corporate"], ["--digest", KnownVerdicts.evidence]] {
            #expect(
                try await LandwaiterServerCommand.status(of: ["audit", "impact", "--database", known.path] + words) == 1
            )
        }
        let none = try await known.run("audit", "impact", "--builder", "nobody")
        #expect(none.status == 0 && none.output == "no image that was judged rests on builder nobody\n")
        let json = try await known.run("audit", "impact", "--key", "sha256:4f2a", "--output", "json").output
        let root = try JSONDocument(parsing: Array(json.utf8)).root
        #expect(root["images"]?.array?.count == 1 && root["isComplete"]?.bool == true)
    }

    @Test func pruneSaysBeforeItDeletes() async throws {
        let known = try await KnownVerdicts()
        let before = "2026-09-21T14:15:00Z"
        let dry = try await known.run("audit", "prune", "--before", before, "--dry-run")
        #expect(dry.output == "would delete 1 decision from before \(before), the newest about each image kept\n")
        #expect(try await known.run("audit", "list").output.split(separator: "\n").count == 4)
        let done = try await known.run("audit", "prune", "--before", before)
        #expect(done.output == "deleted 1 decision from before \(before), the newest about each image kept\n")
        #expect(try await known.run("audit", "list").output.split(separator: "\n").count == 3)
        let all = try await known.run("audit", "prune", "--before", "2026-09-22T00:00:00Z", "--no-keep-latest")
        #expect(all.output == "deleted 3 decisions from before 2026-09-22T00:00:00Z\n")
        #expect(try await known.run("audit", "prune", "--before", "2999-01-01T00:00:00Z").status == 64)
    }

    @Test func aMissingDatabaseIsNotMade() async throws {
        let place = try Place()
        let path = place.path("none.db")
        for words in [
            ["audit", "list"], ["audit", "export"], ["rollout", "status"], ["audit", "prune", "--before", "1d"],
        ] {
            #expect(try await LandwaiterServerCommand.status(of: words + ["--database", path]) == 65)
        }
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(try await LandwaiterServerCommand.status(of: ["audit", "list", "--database", place.path("")]) == 65)
        #expect(try await LandwaiterServerCommand.status(of: ["audit", "list"]) == 64)
    }

    @Test func whatIsNoDatabaseIsRefused() async throws {
        let place = try Place()
        let path = try place.write(String(repeating: "this is no database\n", count: 100), to: "text.db")
        #expect(try await LandwaiterServerCommand.status(of: ["audit", "list", "--database", path]) == 65)
    }

    @Test(arguments: [
        "postgres:host=db password=secret", "postgres://user:secret@db/verdicts", "postgresql://u:s@db",
        "postgres:password = secret",
    ])
    func aPasswordOnTheCommandLineIsRefused(_ database: String) {
        let failure = #expect(throws: CommandFailure.self) { try OpenedStore.place(database) }
        #expect(failure?.status == ExitStatus.usage)
        #expect(failure?.lines.joined().contains("secret") == false)
    }

    @Test func placesOfDatabasesAreToldApart() throws {
        #expect(try OpenedStore.place("verdicts.db") == .sqlite(path: "verdicts.db"))
        #expect(try OpenedStore.place("postgres:host=db dbname=v") == .postgres(conninfo: "host=db dbname=v"))
        #expect(try OpenedStore.place("postgres://db/verdicts") == .postgres(conninfo: "postgres://db/verdicts"))
    }
}
