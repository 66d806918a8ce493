import Admission
import AdmissionPolicy
import AdmissionService
import Findings
import StrictEncoding
import Testing

@testable import AdmissionServer

@Suite struct GatekeeperProviderTests {
    private static func ask(_ stated: StatedDecisions, _ keys: [String]) async throws -> GivenAnswer {
        let body: JSONTree = [
            "apiVersion": "externaldata.gatekeeper.sh/v1beta1", "kind": "ProviderRequest",
            "request": ["keys": JSONTree(strings: keys)], "later": [:],
        ]
        return try await GivenAnswer(
            GatekeeperProvider(judge: stated.judge).answer(.to("/v1/gatekeeper", body.canonicalBytes())))
    }

    private static func items(_ answer: GivenAnswer) -> [JSONTree] { answer.list(answer.response?["items"]) }

    @Test func aKeyThatMayRunGetsItsVerifiedDigest() async throws {
        let image = "registry.example/app:v1"
        let stated = StatedDecisions(["unread:v1": .admitted("unread:v1", isRead: false)])
        let pinned = "\(image)@\(ImageDecision.digest(image))"
        let answer = try await Self.ask(stated, ["finance|\(image)", image, pinned, "unread:v1"])
        #expect(answer.status == 200)
        #expect(answer.root["apiVersion"] == "externaldata.gatekeeper.sh/v1beta1")
        #expect(answer.root["kind"] == "ProviderResponse")
        #expect(answer.response?["idempotent"] == true && answer.response?["systemError"] == "")
        #expect(
            Self.items(answer) == [
                ["key": .string("finance|\(image)"), "value": .string(pinned)],
                ["key": .string(image), "value": .string(pinned)],
                ["key": .string(pinned), "value": .string(pinned)], ["key": "unread:v1", "value": "unread:v1"],
            ])
        #expect(stated.asked.map(\.namespace) == ["finance", nil, nil, nil])
        #expect(stated.asked.allSatisfy { $0.asker.surface == .gatekeeper })
    }

    @Test func aKeyThatMayNotRunGetsItsReason() async throws {
        let stated = StatedDecisions(["bad": .rejected(), "warned:v1": .rejected(ImageDecision.warned)])
        let answer = try await Self.ask(stated, ["finance|bad", "finance|warned:v1"])
        #expect(
            Self.items(answer) == [
                [
                    "key": "finance|bad",
                    "error":
                        "policy.denied-signer: one of two signers is missing; mend: sign the image with the corporate key",
                ],
                // A policy that is not enforced blocks nobody; nor is anything pinned that was not admitted.
                ["key": "finance|warned:v1", "value": "warned:v1"],
            ])
    }

    @Test(arguments: [
        "|app:v1", "Finance|app:v1", "fin/ance|app:v1", "finance|team|app:v1", "finance||", " finance|app:v1",
        "a.b|app:v1", "namespace/finance|app", "ﬁnance|app",
    ])
    func aKeyHasOneReadingOrNone(_ key: String) async throws {
        let stated = StatedDecisions()
        let answer = try await Self.ask(stated, ["good:v1", key])
        let items = Self.items(answer)
        #expect(items.count == 2 && stated.images == ["good:v1"])
        #expect(items.last?["value"] == nil)
        let error = answer.text(items.last?["error"])
        #expect(error.hasPrefix("service.malformed-request: "))
        #expect(items.first?["value"] != nil && items.first?["error"] == nil)
    }

    @Test func whatFollowsTheSeparatorIsJudgedLikeAnyImage() async throws {
        let stated = StatedDecisions(["": .rejected()])
        let answer = try await Self.ask(stated, ["finance|", ""])
        #expect(Self.items(answer).allSatisfy { $0["error"] != nil && $0["value"] == nil })
        #expect(stated.asked.map(\.namespace) == ["finance", nil])
    }

    @Test func aKeyIsAnsweredOnce() async throws {
        let stated = StatedDecisions()
        let answer = try await Self.ask(stated, ["a", "b", "a", "finance|a"])
        #expect(Self.items(answer).map { $0["key"] } == ["a", "b", "finance|a"])
        #expect(stated.images == ["a", "b", "a"])
        #expect(Self.items(try await Self.ask(stated, [])).isEmpty)
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"apiVersion":"externaldata.gatekeeper.sh/v1alpha1","kind":"ProviderRequest"}"#,
        #"{"apiVersion":"externaldata.gatekeeper.sh/v1beta1","kind":"ProviderResponse","request":{"keys":[]}}"#,
        #"{"apiVersion":"externaldata.gatekeeper.sh/v1beta1","kind":"ProviderRequest"}"#,
        #"{"apiVersion":"externaldata.gatekeeper.sh/v1beta1","kind":"ProviderRequest","request":{"keys":"a"}}"#,
        #"{"apiVersion":"externaldata.gatekeeper.sh/v1beta1","kind":"ProviderRequest","request":{"keys":[1]}}"#,
        #"{"apiVersion":"externaldata.gatekeeper.sh/v1beta1","kind":"ProviderRequest","request":{"keys":["a"],"keys":[]}}"#,
    ])
    func whatIsNoRequestIsASystemError(_ body: String) async throws {
        let stated = StatedDecisions()
        let answer = try await GivenAnswer(
            GatekeeperProvider(judge: stated.judge).answer(.to("/v1/gatekeeper", Array(body.utf8))))
        #expect(answer.status == 400 && Self.items(answer).isEmpty && stated.asked.isEmpty)
        let error = answer.text(answer.response?["systemError"])
        #expect(error.hasPrefix("service.malformed-request: "))
    }

    @Test func moreKeysThanTheLimitAreRefused() async throws {
        let stated = StatedDecisions()
        #expect(try await Self.ask(stated, (0..<256).map { "a\($0)" }).status == 200)
        #expect(try await Self.ask(stated, (0..<257).map { "a\($0)" }).status == 400)
        #expect(stated.asked.count == 256)
    }

    @Test func aServiceThatAnswersTooLittleIsASystemError() async throws {
        let judge = ImageJudge(decide: { _, _ in [] }, blocksUnread: { _ in true }, report: { _ in })
        let body =
            #"{"apiVersion":"externaldata.gatekeeper.sh/v1beta1","kind":"ProviderRequest","request":{"keys":["a"]}}"#
        let answer = try await GivenAnswer(
            GatekeeperProvider(judge: judge).answer(.to("/v1/gatekeeper", Array(body.utf8))))
        #expect(answer.status == 500 && answer.text(answer.response?["systemError"]) != "")
    }
}
