import StrictEncoding
import Testing
import VerdictStorage

/// Who is affected by a fact, and what would break at the next stage.
@Suite struct ImpactTests {
    private static let ledger = StoredEvidence.sample(
        1,
        [
            (.builder, "https://builder.example/1"), (.component, "pkg:deb/debian/openssl@3.0.1?arch=amd64"),
            (.component, "pkg:maven/org.example/log%2Bcore@2.14.1"), (.component, "openssl-docs@3"),
            (.key, "sha256:k1"), (.signer, "ci@example.com"),
        ])
    private static let web = StoredEvidence.sample(
        2, [(.component, "pkg:deb/debian/openssl@3.0.2?arch=arm64"), (.component, "pkg:npm/openssl@3.0.1")])

    private func fill(_ store: any VerdictStore) async throws {
        let digest = StoredVerdict.sampleDigest
        try await store.append([
            .sample(0, verdict: "admit", repository: "r/ledger", digest: digest(1), evidence: [Self.ledger]),
            .sample(10, repository: "r/ledger", digest: digest(1), namespace: "audit", evidence: [Self.ledger]),
            .sample(5, repository: "r/web", digest: digest(2), namespace: nil, evidence: [Self.web]),
            .sample(6, repository: "r/other", digest: digest(3)),
        ])
    }

    @Test(arguments: StoreKind.here) func findsWhomAFactConcerns(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await fill(store)
            let expected: [(ImpactQuery, [String])] = [
                (.signer("ci@example.com"), ["r/ledger"]), (.signer("CI@example.com"), []),
                (.key("sha256:k1"), ["r/ledger"]), (.key("ci@example.com"), []),
                (.builder("https://builder.example/1"), ["r/ledger"]),
                (.component(ComponentQuery("pkg:deb/debian/openssl@3.0.1?arch=amd64")), ["r/ledger"]),
                (.component(ComponentQuery("pkg:deb/debian/openssl@3.0.1?arch=arm64")), []),
                (.component(ComponentQuery("pkg:deb/debian/openssl@3.0.1")), ["r/ledger"]),
                (.component(ComponentQuery("pkg:deb/debian/openssl")), ["r/ledger", "r/web"]),
                (.component(ComponentQuery("pkg:maven/org.example/log%2Bcore")), ["r/ledger"]),
                (.component(ComponentQuery("log+core")), ["r/ledger"]),
                (.component(ComponentQuery("openssl")), ["r/ledger", "r/web"]),
                (.component(ComponentQuery("openssl@3.0.2")), ["r/web"]),
                (.component(ComponentQuery("openssl-docs@3")), ["r/ledger"]),
                (.component(ComponentQuery("opens")), []), (.component(ComponentQuery("open%")), []),
                (.digest(StoredVerdict.sampleDigest(3)), ["r/other"]), (.digest(Self.web.digest), ["r/web"]),
            ]
            for (query, repositories) in expected {
                let found = try await store.affected(by: query)
                #expect(found.map(\.repository) == repositories, "\(query)")
            }
        }
    }

    @Test(arguments: StoreKind.here) func saysWhatWasDecidedOnAnAffectedImage(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            try await fill(store)
            let found = try await store.affected(by: .component(ComponentQuery("openssl")), since: nil, limit: 10)
            let last = try await store.verdicts(VerdictQuery(repository: "r/ledger", limit: 1)).verdicts.first
            let image = try #require(found.first)
            #expect(image.digest == StoredVerdict.sampleDigest(1))
            #expect(image.image == "r/ledger@" + StoredVerdict.sampleDigest(1))
            #expect(image.namespaces == ["audit", "finance"])
            #expect(image.verdicts == 2)
            #expect(image.firstDecidedAt == .noon(0) && image.lastDecidedAt == .noon(10))
            #expect(image.lastID == last?.id && image.lastVerdict == "reject" && image.lastIsBlocked)
            #expect(image.matches == ["pkg:deb/debian/openssl@3.0.1?arch=amd64"])
            #expect(found[1].namespaces.isEmpty)
            #expect(found[1].matches == ["pkg:deb/debian/openssl@3.0.2?arch=arm64", "pkg:npm/openssl@3.0.1"])

            #expect(
                try await store.affected(by: .component(ComponentQuery("openssl")), since: nil, limit: 1).count == 1)
            let late = try await store.affected(by: .component(ComponentQuery("openssl")), since: .noon(6), limit: 10)
            #expect(late.map(\.repository) == ["r/ledger"] && late.first?.verdicts == 1)
            #expect(late.first?.namespaces == ["audit"])
        }
    }

    /// The same bytes verified under other trust say something else; each verdict keeps what it rested on.
    @Test(arguments: StoreKind.here) func evidenceKeepsWhatEachVerdictSaw(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let before = StoredEvidence.sample(1, [(.signer, "old@example.com")])
            let after = StoredEvidence.sample(1, [(.signer, "new@example.com"), (.signer, "old@example.com")])
            let verdicts = [
                StoredVerdict.sample(0, evidence: [before]), .sample(1, evidence: [after]),
                .sample(2, evidence: [before]),
            ]
            try await store.append([verdicts[0]])
            try await store.append([verdicts[1], verdicts[2]])
            #expect(try await everything(in: store) == verdicts.reversed())
            #expect(try await store.affected(by: .signer("new@example.com")).first?.verdicts == 1)
            #expect(try await store.affected(by: .signer("old@example.com")).first?.verdicts == 3)
        }
    }

    @Test func readsWhatWasTypedAsAComponent() {
        #expect(ComponentQuery("ledger") == .named("ledger", version: nil))
        #expect(ComponentQuery("ledger@1.2") == .named("ledger", version: "1.2"))
        #expect(ComponentQuery("@scope/ledger") == .named("@scope/ledger", version: nil))
        #expect(ComponentQuery("@scope/ledger@1") == .named("@scope/ledger", version: "1"))
        #expect(ComponentQuery("pkg:npm/%40scope/ledger") == .anyVersion("pkg:npm/%40scope/ledger"))
        #expect(ComponentQuery("pkg:npm/ledger@1") == .packageURL("pkg:npm/ledger@1"))
        #expect(ComponentQuery("pkg:npm/ledger?a=b@c") == .anyVersion("pkg:npm/ledger?a=b@c"))
        // No text makes the reader stumble.
        for text in ["", "@", "pkg:", "pkg:@", "pkg:/@", "a@", "pkg:a/b@%", "pkg:a/%zz@1", "pkg:#?@", "pkg:a/b@1#?"] {
            _ = ComponentQuery(text)
        }
    }

    @Test(arguments: StoreKind.here) func rolloutCountsWhatWouldBreak(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            func line(_ verdict: String, _ stage: String, _ isEnforced: Bool) -> [PolicyLine] {
                [PolicyLine(name: "team/p", verdict: verdict, stage: stage, isEnforced: isEnforced)]
            }
            let digest = StoredVerdict.sampleDigest
            let verdicts = [
                StoredVerdict.sample(0, policies: line("reject", "observe", false)),
                .sample(10, digest: digest(1), namespace: "a", policies: line("reject", "warn", false)),
                .sample(11, digest: digest(1), namespace: "a", policies: line("reject", "warn", false)),
                .sample(12, digest: digest(1), namespace: "b", policies: line("undecided", "warn", false)),
                .sample(13, digest: digest(2), namespace: nil, policies: line("reject", "warn", false)),
                .sample(
                    14, verdict: "admit", digest: digest(3), namespace: "c", policies: line("admit", "warn", false)),
                .sample(15, digest: digest(4), namespace: "a", policies: line("reject", "pilot", true)),
                .sample(16, digest: digest(5), namespace: "a", policies: line("reject", "pilot", false)),
            ]
            try await store.append(verdicts)
            try await store.append([
                .sample(20, policies: [PolicyLine(name: "a/q", verdict: "admit", stage: "enforce", isEnforced: true)])
            ])
            let lines = try await store.rollout(since: .noon(10))
            #expect(lines.map { "\($0.policy) \($0.stage)" } == ["a/q enforce", "team/p pilot", "team/p warn"])
            #expect(lines[0].decisions == 1 && lines[0].refused == 0 && lines[0].examples.isEmpty)
            #expect(lines[1].refused == 2 && lines[1].wouldReject == 1)
            let warn = lines[2]
            #expect(warn.decisions == 5 && warn.refused == 4 && warn.wouldReject == 4 && warn.undecided == 1)
            #expect(warn.images == 2 && warn.namespaces == 2)
            #expect(warn.firstDecidedAt == .noon(10) && warn.lastDecidedAt == .noon(14))
            // Of an image in a namespace only the latest.
            #expect(warn.examples.map(\.id) == [verdicts[4].id, verdicts[3].id, verdicts[2].id])
            #expect(warn.examples[1].verdict == "undecided" && warn.examples[1].namespace == "b")

            let many = (0..<60).map { number in
                StoredVerdict.sample(
                    Int64(100 + number), digest: digest(100 + number / 2), policies: line("reject", "warn", false))
            }
            try await store.append(many)
            let examples = try #require(try await store.rollout(since: .noon(100)).first).examples
            #expect(examples.count == 20 && examples.first?.id == many[59].id)
        }
    }
}
