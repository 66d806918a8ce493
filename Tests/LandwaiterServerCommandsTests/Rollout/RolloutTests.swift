import StrictEncoding
import Testing

@testable import LandwaiterServerCommands

@Suite struct RolloutTests {
    @Test func saysWhatTheNextStageWouldBreak() async throws {
        let known = try await KnownVerdicts()
        let (status, text) = try await known.run("rollout", "status", "--since", "2026-09-21T14:00:00Z")
        #expect(status == 1)
        #expect(
            text == """
                since 2026-09-21T14:00:00Z

                team/finance  enforce
                  decided   2 decisions, the last 2026-09-21T14:14:20Z; refused 1 (50.0%), 0 of them undecided
                    signature.no-key-matches
                      mend: \(try #require(RolloutStatus.mend("signature.no-key-matches")))
                      registry.example/finance/ledger:v1  namespace finance  2026-09-21T14:13:20Z  \(KnownVerdicts.id(0, 1))

                team/finance  warn
                  decided   1 decision, the last 2026-09-21T14:15:20Z; refused 1 (100.0%), 0 of them undecided
                  next      pilot would refuse 1 decision (100.0%): 1 image in 1 namespace
                    signature.no-key-matches
                      mend: \(try #require(RolloutStatus.mend("signature.no-key-matches")))
                      registry.example/finance/ledger:v2  namespace finance  2026-09-21T14:15:20Z  \(KnownVerdicts.id(120, 1))

                team/shop  observe
                  decided   1 decision, the last 2026-09-21T14:15:20Z; refused 1 (100.0%), 1 of them undecided
                  next      warn would warn of 1 decision (100.0%): 1 image in 1 namespace
                    image.unreachable
                      registry.example/shop/cart:v1  namespace shop  2026-09-21T14:15:20Z  \(KnownVerdicts.id(120, 2))

                """)
    }

    @Test func showsOnlyWhatIsAskedFor() async throws {
        let known = try await KnownVerdicts()
        let (status, text) = try await known.run(
            "rollout", "status", "--since", "2026-09-21T14:00:00Z", "--policy", "team/shop", "--output", "json")
        #expect(status == 1)
        let policies = try #require(try JSONDocument(parsing: Array(text.utf8)).root["policies"]?.array)
        #expect(policies.count == 1)
        #expect(policies.first?["policy"]?.string == "team/shop" && policies.first?["nextStage"]?.string == "warn")
        #expect(policies.first?["wouldRejectPermille"]?.int == 1000)
        let none = try await known.run("rollout", "status", "--since", "2026-09-22T00:00:00Z")
        #expect(none.status == 0 && none.output == "no decision since 2026-09-22T00:00:00Z names a policy\n")
    }

    @Test func aRateIsRoundedUp() {
        #expect(RolloutStatus.percent(1, of: 1_000_000) == "0.1%")
        #expect(RolloutStatus.percent(0, of: 10) == "0.0%")
        #expect(RolloutStatus.percent(0, of: 0) == "0.0%")
        #expect(RolloutStatus.percent(10, of: 10) == "100.0%")
    }

    @Test func stagesFollowOneAnother() {
        #expect(
            ["observe", "warn", "pilot", "enforce"].map { RolloutStatus.next($0) } == ["warn", "pilot", "enforce", nil])
    }
}
