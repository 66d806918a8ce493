import ArgumentParser
import Foundation
import Landwaiter
import Simulators
import Testing

@testable import LandwaiterCommands

/// `landwaiter trust doctor`: what it says of trust that ends, ended, is missing, or is fine; and its exit status.
@Suite struct TrustDoctorTests {
    private let place: Place
    private let at = SimulatedCA.now.description

    init() throws { place = try Place() }

    private func days(_ count: Int64) -> Instant { SimulatedCA.now.adding(seconds: 86_400 * count) }

    /// A trusted root that holds for years, altered.
    private func root(_ alter: (inout RootFile) throws -> Void = { _ in }) throws -> String {
        var file = try KeylessScene().root
        try alter(&file)
        return try place.write(String(decoding: file.json.canonicalBytes(), as: UTF8.self), to: "root.json")
    }

    private func report(_ words: [String]) throws -> TrustReport { try TrustDoctorCommand.parse(words).report() }

    private func report(_ words: String..., at: String? = nil) throws -> TrustReport {
        try report(words + ["--at", at ?? self.at])
    }

    /// Keys are made anew in each run, and lie in a directory of their own.
    private func normal(_ text: String) -> String {
        text.replacing(place.url.path + "/", with: "").replacing(#/sha256:[0-9a-f]{64}/#, with: "sha256:…")
            .replacing(#/"logID":"[^"]*"/#, with: "\"logID\":\"…\"")
    }

    private func text(_ report: TrustReport) -> String { normal(TrustTable.text(report.standings, isColourful: false)) }

    // MARK: The four cases

    @Test func everythingIsFine() async throws {
        let file = try root()
        let report = try report("--trusted-root", file)
        #expect(report.status == nil)
        #expect(
            text(report) == """
                ok           3000 d  2034-08-14T20:26:40Z  certificate-authority `O=example, CN=simulator intermediate`
                           in root.json  sha256:…
                ok           3000 d  2034-08-14T20:26:40Z  timestamp-authority `O=example, CN=clock`
                           in root.json  sha256:…
                ok                -  no end                certificate-log `certificate log`
                           in root.json  sha256:…
                ok                -  no end                transparency-log `https://rekor.example`
                           in root.json  sha256:…
                ok                -  no end                transparency-log `https://log.example`
                           in root.json  sha256:…
                5 parts, nothing to do

                """)
        #expect(try await run("trust", "doctor", "--trusted-root", file, "--at", at) == 0)
    }

    @Test func aRootIsAboutToExpire() async throws {
        let file = try root { $0.authorities[0].end = days(10) }
        let report = try report("--trusted-root", file)
        #expect(report.status == ExitStatus.reject)
        #expect(
            text(report).hasPrefix(
                """
                ending         10 d  2026-06-07T20:26:40Z  certificate-authority `O=example, CN=simulator intermediate`
                           in root.json  sha256:…
                           mend: get a current trusted root from its publisher, and give it with `--trusted-root` or in the trust store

                """))
        #expect(text(report).hasSuffix("5 parts, 1 needs attention\n"))
        #expect(try await run("trust", "doctor", "--trusted-root", file, "--at", at) == 1)
        #expect(try await run("trust", "doctor", "--trusted-root", file, "--at", at, "--within", "9d") == 0)
        #expect(try await run("trust", "doctor", "--trusted-root", file, "--at", at, "--output", "json") == 1)
    }

    @Test func aRootHasExpired() async throws {
        let file = try root {
            $0.authorities[0].start = days(-100)
            $0.authorities[0].end = days(-3)
        }
        let report = try report("--trusted-root", file)
        #expect(report.status == ExitStatus.reject)
        #expect(text(report).hasPrefix("ended          -3 d  2026-05-25T20:26:40Z  certificate-authority"))
        #expect(try await run("trust", "doctor", "--trusted-root", file, "--at", at) == 1)
    }

    @Test func aRootIsMissing() async throws {
        let report = try report("--trusted-root", place.path("absent.json"))
        #expect(report.status == ExitStatus.reject)
        #expect(
            text(report) == """
                missing           -  -                     file `absent.json`
                           note: cannot open `absent.json`: No such file or directory
                           mend: put the file there, or correct its name
                1 part, 1 needs attention

                """)
        #expect(try await run("trust", "doctor", "--trusted-root", place.path("absent.json"), "--at", at) == 1)
        #expect(try await run("trust", "doctor", place.path("absent.crl"), "--at", at) == 1)
        #expect(try await run("trust", "doctor", "--policy", place.path("absent"), "--at", at) == 1)
    }

    /// All of it in one answer: what can't be read is the worse of two.
    @Test func whatCannotBeReadIsBadData() async throws {
        let broken = try place.write("{", to: "broken.json")
        let report = try report("--trusted-root", broken, "--trusted-root", place.path("absent.json"))
        #expect(report.status == ExitStatus.badData)
        #expect(report.standings.map(\.status) == [.unreadable, .missing])
        #expect(try await run("trust", "doctor", broken, "--at", at) == 65)
        let policy = try place.write("kind: Nothing\n", to: "broken.yaml")
        #expect(try await run("trust", "doctor", "--policy", policy, "--at", at) == 65)
        #expect(try await run("trust", "doctor", "--guardrails", policy, "--at", at) == 64)
        #expect(try await run("trust", "doctor", "--at", "yesterday") == 64)
        #expect(try await run("trust", "doctor", "--within", "soon") == 64)
    }

    @Test func jsonSaysTheSame() throws {
        let file = try root { $0.authorities[0].end = days(10) }
        let report = try report("--trusted-root", file, place.path("absent.json"))
        #expect(
            normal(String(decoding: report.json.canonicalBytes(), as: UTF8.self))
                == [
                    #"{"at":"2026-05-28T20:26:40Z","parts":[{"daysLeft":10,"facts":{"key":"ecdsa-p256","root":"sha256:…"},"#,
                    #""from":"2026-05-27T20:26:40Z","id":"sha256:…","kind":"certificate-authority","#,
                    #""mend":"get a current trusted root from its publisher, and give it with `--trusted-root` or in the trust "#,
                    #"store","name":"O=example, CN=simulator intermediate","problem":true,"source":"root.json","#,
                    #""status":"ending","until":"2026-06-07T20:26:40Z"},"#,
                    #"{"kind":"file","mend":"put the file there, or correct its name","name":"absent.json","#,
                    #""note":"cannot open `absent.json`: No such file or directory","problem":true,"source":"absent.json","#,
                    #""status":"missing"},"#,
                    #"{"daysLeft":3000,"facts":{"key":"ecdsa-p256","root":"sha256:…"},"from":"2026-05-27T20:26:40Z","#,
                    #""id":"sha256:…","kind":"timestamp-authority","name":"O=example, CN=clock","problem":false,"#,
                    #""source":"root.json","status":"ok","until":"2034-08-14T20:26:40Z"},"#,
                    #"{"facts":{"key":"ecdsa-p256","logID":"…"},"from":"2026-05-27T20:26:40Z","id":"sha256:…","#,
                    #""kind":"certificate-log","name":"certificate log","problem":false,"source":"root.json","status":"ok"},"#,
                    #"{"facts":{"key":"ecdsa-p256","logID":"…"},"from":"2026-05-27T20:26:40Z","id":"sha256:…","#,
                    #""kind":"transparency-log","name":"https://rekor.example","problem":false,"source":"root.json","#,
                    #""status":"ok"},{"facts":{"key":"ed25519"},"from":"2026-05-27T20:26:40Z","id":"sha256:…","#,
                    #""kind":"transparency-log","name":"https://log.example","problem":false,"source":"root.json","#,
                    #""status":"ok"}],"problems":2,"schemaVersion":1,"withinOnlineSeconds":86400,"withinSeconds":2592000}"#,
                ].joined())
    }

    // MARK: What is built in

    /// As of the day on which it was taken: nothing to do, and two parts of history.
    @Test func theBuiltInTrustHolds() throws {
        let report = try report(at: "2026-11-22T00:00:00Z")
        #expect(report.status == nil)
        let history = report.standings.filter { $0.successor != nil }
        #expect(history.map(\.status) == [.ended, .ended])
        #expect(history.map(\.part.kind) == [.certificateLog, .certificateAuthority])
        #expect(text(report).contains("history: sha256:… goes on"))
        // Its authority ends in October 2031: a month before, somebody has to do something.
        #expect(try self.report(at: "2031-09-05T00:00:00Z").status == nil)
        let ending = try self.report(at: "2031-09-06T00:00:00Z")
        #expect(ending.status == ExitStatus.reject)
        // What ended long before is history still.
        #expect(ending.standings.filter(\.isProblem).map(\.status) == [.ending])
    }

    /// Where files are named, they are asked, and not what nobody uses.
    @Test func theBuiltInTrustIsAskedWhereItIsUsed() throws {
        let key = try PrivateKey.generate(.ecdsaP256).publicKey
        let file = try place.write(key.pem, to: "key.pub")
        #expect(try report(file).standings.count == 1)
        let policy = try policy("s: {key: {file: key.pub}}")
        #expect(try report("--policy", policy).standings.count == 1)
        let keyless = try self.policy("s: {google: {account: a@example.com}}")
        #expect(try report("--policy", keyless, at: "2026-11-22T00:00:00Z").standings.count == 7)
    }

    // MARK: History

    /// An authority that ended, with one that goes on from then: no problem. With a gap, or none: one.
    @Test(arguments: [(Int64(-3), true), (-4, true), (-2, true), (1, false)])
    func anEndWithASuccessorIsHistory(start: Int64, isFine: Bool) throws {
        let next = try SimulatedCA("next")
        let file = try root {
            $0.authorities[0].start = days(-100)
            $0.authorities[0].end = days(-3)
            var chain = RootFile.Chain(next)
            chain.start = days(start)
            $0.authorities.append(chain)
        }
        let report = try report("--trusted-root", file)
        #expect(report.status == (isFine ? nil : ExitStatus.reject))
        let ended = try #require(report.standings.first { $0.status == .ended })
        #expect(ended.isProblem == !isFine)
        #expect((ended.successor != nil) == isFine)
        #expect(report.standings.contains { $0.status == .notYet } == !isFine)
    }

    @Test func aSuccessorThatEndsTooIsNone() throws {
        let next = try SimulatedCA("next")
        let file = try root {
            $0.authorities[0].end = days(10)
            var chain = RootFile.Chain(next)
            chain.end = days(20)
            $0.authorities.append(chain)
        }
        #expect(try report("--trusted-root", file).standings.filter(\.isProblem).count == 2)
        #expect(try report("--trusted-root", file, "--within", "15d").status == nil)
    }

    /// An authority ends with the first of its certificates, whatever the root says.
    @Test func certificatesEndAnAuthority() throws {
        let short = try SimulatedCA(
            "short", intermediate: { $0.notAfter = SimulatedCA.now.adding(seconds: 86_400 * 5) })
        let file = try root { $0.authorities = [RootFile.Chain(short)] }
        let standing = try #require(try report("--trusted-root", file).standings.first)
        #expect(standing.part.kind == .certificateAuthority && standing.status == .ending && standing.daysLeft == 5)
    }

    /// A root that lacks what its profile asks for proves nothing.
    @Test func whatTheProfileAsksForHasToBeThere() throws {
        let file = try root { $0.certificateLogs = [] }
        let report = try report("--trusted-root", file)
        #expect(report.status == ExitStatus.reject)
        #expect(report.standings.first?.part.kind == .certificateLog && report.standings.first?.status == .missing)
        #expect(try self.report("--trusted-root", file + "=logs:1,scts:0,timestamps:0").status == nil)
    }

    /// Elements of a kind that came later count for nothing, and are no reason to wake anybody.
    @Test func whatThisProgramCannotUseIsNoted() throws {
        let file = try root { root in
            var log = root.logs[0]
            log.keyDetails = "PKIX_NEW_KIND"
            root.logs.append(log)
        }
        let report = try report("--trusted-root", file)
        #expect(report.status == nil)
        #expect(report.standings.contains { $0.status == .unreadable && !$0.isProblem && $0.note != nil })
    }

    // MARK: Policies

    private func policy(_ signer: String) throws -> String {
        try place.write(
            """
            apiVersion: landwaiter.dev/v1
            kind: AdmissionPolicy
            metadata: {name: p, owner: o}
            spec:
              enforcement: {stage: enforce}
              scope: {namespaces: ["**"], images: ["**"]}
              signers:
                \(signer)
              require:
                - {id: signed, on: image, signature: {by: {atLeast: 1, of: [s]}}}
            """, to: "policy.yaml")
    }

    private func key(_ name: String) throws {
        _ = try place.write(try PrivateKey.generate(.ecdsaP256).publicKey.pem, to: name)
    }

    @Test func keysOfPoliciesEnd() throws {
        try key("old.pub")
        try key("new.pub")
        let soon = days(5).description
        let single = try policy("s: {key: {file: old.pub, validUntil: \(soon)}}")
        #expect(try report("--policy", single).standings.map(\.status) == [.ending])
        #expect(try report("--policy", single).standings.first?.mend?.contains("rotation") == true)
        let rotation = try policy(
            "s: {key: {rotation: [{file: old.pub, validUntil: \(soon)}, {file: new.pub, validFrom: \(soon)}]}}")
        #expect(try report("--policy", rotation).status == nil)
        let compromised = try policy("s: {key: {file: old.pub, compromisedAt: \(days(-1))}}")
        #expect(try report("--policy", compromised).standings.map(\.status) == [.ended])
        let absent = try policy("s: {key: {file: absent.pub}}")
        let report = try report("--policy", absent)
        #expect(report.standings.map(\.status) == [.missing] && report.status == ExitStatus.reject)
    }

    @Test func authoritiesBundlesAndListsOfPoliciesEnd() throws {
        let domain = try SimulatedTrustDomain(
            altering: { $0.notAfter = SimulatedCA.now.adding(seconds: 3_600 * 12) })
        let authority = domain.authority
        _ = try place.write(authority.root.pem, to: "root.pem")
        _ = try place.write(String(decoding: domain.bundle().canonicalBytes(), as: UTF8.self), to: "bundle.json")
        let list = try RevocationListTemplate(of: authority.root).signed(by: authority.root.key)
        _ = try place.write(PEMBlock(label: "X509 CRL", bytes: list).encoded(), to: "root.crl")
        let x509 = try policy(
            "s: {x509: {roots: [root.pem], crls: [root.crl], usage: code-signing, dns: a.b, validAt: now}}")
        #expect(try report("--policy", x509).standings.map(\.part.kind) == [.certificate, .revocationList])
        #expect(try report("--policy", x509).standings.map(\.status) == [.ending, .ok])
        #expect(
            try report("--policy", x509, "--within-online", "2d").standings.map(\.status) == [.ending, .ending])
        let spiffe = try policy(
            "s: {spiffe: {id: \"spiffe://example.org/a\", trustBundles: [{trustDomain: example.org, file: bundle.json}], "
                + "validAt: now}}")
        let report = try report("--policy", spiffe)
        #expect(report.standings.map(\.part.kind) == [.spiffeAuthority, .spiffeBundle, .spiffeTokenKey])
        #expect(report.standings.map(\.status) == [.ending, .ok, .ok])
        #expect(report.standings[1].part.facts.contains { $0.name == "sequence" && $0.value == "1" })
        #expect(report.standings[1].part.facts.contains { $0.name == "refreshHint" && $0.value == "300 s" })
        // Certificates of trust domains live for hours: a day's notice is not asked of them where less is enough.
        #expect(try self.report("--policy", spiffe, "--within-online", "11h").status == nil)
    }

    /// The index of docs/spiffe.md: past bundles are history, and nobody renews their keys.
    @Test func pastBundlesAreHistory() throws {
        let old = try SimulatedTrustDomain(altering: { $0.notAfter = SimulatedCA.now.adding(seconds: -86_400) })
        let new = try SimulatedTrustDomain()
        _ = try place.write(String(decoding: old.bundle().canonicalBytes(), as: UTF8.self), to: "old.json")
        _ = try place.write(String(decoding: new.bundle(sequence: 2).canonicalBytes(), as: UTF8.self), to: "new.json")
        let index = try place.write(
            """
            {"trustDomains": {"example.org": [
                {"bundle": "old.json", "from": "2026-01-01T00:00:00Z", "until": "2026-04-30T23:59:59Z"},
                {"bundle": "new.json", "from": "2026-05-01T00:00:00Z"}]}}
            """, to: "index.json")
        let report = try report(index)
        #expect(report.status == nil)
        #expect(
            report.standings.map(\.part.kind) == [.spiffeBundle, .spiffeAuthority, .spiffeBundle, .spiffeTokenKey])
        #expect(report.standings.first?.status == .ended && report.standings.first?.successor == "example.org")
    }

    // MARK: Stores

    private func store(_ alter: (inout SimulatedTUFRepository) throws -> Void = { _ in }) async throws -> String {
        var repository = try SimulatedTUFRepository()
        let years = SimulatedTUFRepository.now.adding(seconds: 86_400 * 1_000)
        repository.root.expires = years
        repository.targets.role.expires = years
        repository.timestamp.expires = SimulatedTUFRepository.now.adding(seconds: 86_400 * 2)
        repository.snapshot.expires = SimulatedTUFRepository.now.adding(seconds: 86_400 * 3)
        try alter(&repository)
        repository.add("trusted_root.json", try KeylessScene().root.json.canonicalBytes())
        try repository.publishNextRoot()
        try repository.publishNext()
        for (folder, files) in [("metadata", repository.files), ("targets", repository.targetFiles)] {
            for (name, bytes) in files {
                _ = try place.write(String(decoding: bytes, as: UTF8.self), to: "repository/\(folder)/\(name)")
            }
        }
        let trust = place.path("trust")
        let first = place.path("repository/metadata/1.root.json")
        #expect(try await run("trust", "init", trust, "--root", first) == 0)
        let update = ["trust", "update", trust, "--from", place.path("repository"), "--at", storeTime]
        #expect(try await status(update) == 0)
        return trust
    }

    private let storeTime = SimulatedTUFRepository.now.description

    @Test func everyRoleOfAStoreHasItsEnd() async throws {
        let trust = try await store()
        let report = try report("--trust-store", trust, at: storeTime)
        #expect(report.status == nil, "\(text(report))")
        #expect(
            report.standings.prefix(2).map(\.part.kind) == [.timestampRole, .snapshotRole]
                && report.standings.prefix(2).map(\.daysLeft) == [2, 3])
        #expect(report.standings.map(\.part.kind).contains(.rootRole))
        #expect(report.standings.map(\.part.kind).contains(.targetsRole))
        #expect(report.standings.contains { $0.part.kind == .certificateAuthority && $0.source.hasPrefix(trust) })
        #expect(try self.report("--trust-store", trust, "--within-online", "3d", at: storeTime).status != nil)
    }

    @Test func aStoreThatIsExpiredIsStillRead() async throws {
        let trust = try await store { $0.root.expires = SimulatedTUFRepository.now.adding(seconds: 86_400 * 20) }
        let soon = try report("--trust-store", trust, at: storeTime)
        #expect(soon.standings.filter(\.isProblem).map(\.part.kind) == [.rootRole])
        #expect(soon.standings.first?.mend?.contains("landwaiter trust update") == true)
        let later = SimulatedTUFRepository.now.adding(seconds: 86_400 * 20).description
        let report = try report("--trust-store", trust, at: later)
        #expect(report.standings.prefix(3).map(\.status) == [.ended, .ended, .ended])
        #expect(report.status == ExitStatus.reject)
    }

    @Test func aStoreThatIsMissingOrDamaged() async throws {
        let absent = try report("--trust-store", place.path("absent"))
        #expect(absent.standings.map(\.status) == [.missing] && absent.status == ExitStatus.reject)
        #expect(absent.standings.first?.mend?.contains("trust init") == true)
        let trust = try await store()
        try Data("{}".utf8).write(to: URL(fileURLWithPath: trust + "/root.json"))
        #expect(try report("--trust-store", trust, at: storeTime).status == ExitStatus.badData)
    }

    // MARK: Form

    @Test func theJSONFormHasTheMembersOfItsSchema() async throws {
        let trust = try await store()
        let file = try root { $0.authorities[0].end = days(10) }
        let report = try report(
            "--trust-store", trust, "--trusted-root", file, "--trusted-root", "public-good", place.path("absent"))
        #expect(report.standings.count > 10)
        try ExplainedDecisionSchemaTests.expect(report.json, "trust-doctor.schema.json")
    }

    @Test func coloursAreForTerminals() throws {
        let report = try report("--trusted-root", root { $0.authorities[0].end = days(10) })
        let plain = TrustTable.text(report.standings, isColourful: false)
        let colourful = TrustTable.text(report.standings, isColourful: true)
        #expect(!plain.contains("\u{1B}") && colourful.contains("\u{1B}[33mending"))
        #expect(colourful.replacing(try Regex("\u{1B}\\[[0-9]+m"), with: "") == plain)
    }

    /// A name from outside drives no terminal.
    @Test func namesAreEscaped() throws {
        let file = try root { $0.logs[0].baseURL = "https://log.example/\u{1B}[2J" }
        #expect(!text(try report("--trusted-root", file)).contains("\u{1B}"))
        let sources = try TrustShowCommand.parse([file]).sources()
        #expect(!TrustTable.text(sources).contains("\u{1B}"))
    }
}
