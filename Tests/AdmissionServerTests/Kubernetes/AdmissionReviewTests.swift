import AdmissionService
import StrictEncoding
import Testing

@testable import AdmissionServer

@Suite struct AdmissionReviewTests {
    static let pod = ReviewFixture(object: ReviewFixture.object("Pod", ReviewFixture.pod("registry.example/app:v1")))

    @Test func readsWhatAnAPIServerSends() throws {
        var fixture = Self.pod
        fixture.isDryRun = true
        let review = try AdmissionReview(parsing: AdmissionReview.document(fixture.body))
        #expect(review.uid == ReviewFixture.uid && review.operation == .create && review.isDryRun)
        #expect(review.kind.group.isEmpty && review.kind.apiVersion == "v1" && review.kind.name == "Pod")
        #expect(review.resource.name == "pods" && review.subresource.isEmpty)
        #expect(review.namespace == "finance" && review.name == "ledger")
        #expect(review.username == "system:serviceaccount:ci:deployer")
        #expect(review.object != nil && review.oldObject == nil)
    }

    @Test func theAnswerRepeatsTheUIDOfTheRequest() async throws {
        for surface in ["validate", "mutate"] {
            let stated = StatedDecisions()
            let answer =
                surface == "validate" ? try await stated.validate(Self.pod) : try await stated.mutate(Self.pod)
            #expect(answer.status == 200 && answer.isAllowed == true)
            #expect(answer.root["apiVersion"] == "admission.k8s.io/v1" && answer.root["kind"] == "AdmissionReview")
            #expect(answer.response?["uid"] == .string(ReviewFixture.uid))
        }
    }

    @Test func unknownFieldsAreIgnored() async throws {
        var fixture = Self.pod
        fixture.edit = { request in
            request["matchConditions"] = ["a", ["b": 1]]
            request["userInfo"] = ["username": "alice", "later": [1, "b"]]
        }
        #expect(try await StatedDecisions().validate(fixture).isAllowed == true)
    }

    @Test(arguments: [
        "", "null", "[]", "{", "not json", #"{"a":1,"a":2}"#,
        #"{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview","request":{"uid":"a"}}"#,
        #"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}"#,
        #"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{}}"#,
        #"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":""}}"#,
        #"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":5}}"#,
        #"{"apiVersion":"admission.k8s.io/v1","kind":"Pod","request":{"uid":"a"}}"#,
        #"{"kind":"AdmissionReview","request":{"uid":"a"}}"#,
    ])
    func whatCannotBeAnsweredIsABadRequest(_ body: String) async throws {
        let judge = StatedDecisions().judge
        let configuration = KubernetesConfiguration()
        let surfaces: [any Surface] = [
            KubernetesValidation(judge: judge, configuration: configuration),
            KubernetesMutation(judge: judge, configuration: configuration),
        ]
        for surface in surfaces {
            let response = try await surface.answer(.to("/", Array(body.utf8)))
            let answer = try GivenAnswer(response)
            #expect(response.status == 400 && response.contentType == "application/problem+json")
            #expect(answer.root["code"] == "malformed-body" && answer.response == nil)
        }
    }

    @Test func aReviewOfAnotherVersionIsNamed() async throws {
        let body = Array(#"{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview","request":{}}"#.utf8)
        #expect(throws: AdmissionReviewError.version("admission.k8s.io/v1beta1")) {
            try AdmissionReview.uid(in: AdmissionReview.document(body))
        }
    }

    /// Every field that is needed, missing or of another type: denied, and never judged by a guess.
    @Test(
        arguments: [
            "kind", "resource", "operation", "dryRun", "namespace", "subResource", "userInfo", "name",
        ])
    func malformedFieldsAreDenied(_ field: String) async throws {
        let values: [JSONTree?] = [5, ["a"], "", nil, "no good/value"]
        for value in values {
            // May be left out, or are any text.
            if value == nil || value == "", !["kind", "resource", "operation", "dryRun"].contains(field) { continue }
            if value == nil, field == "dryRun" { continue }
            if value == "no good/value", ["name", "subResource"].contains(field) { continue }
            var fixture = Self.pod
            fixture.edit = { $0[ExactString(field)] = value }
            let stated = StatedDecisions()
            let answer = try await stated.validate(fixture)
            #expect(answer.isAllowed == false && answer.code == 400, "\(field) \(String(describing: value))")
            #expect(answer.message.contains("service.malformed-request"), "\(field)")
            #expect(answer.response?["uid"] == .string(ReviewFixture.uid))
            #expect(stated.asked.isEmpty)
            #expect(try await stated.mutate(fixture).isAllowed == false)
        }
    }

    @Test(arguments: ["Finance", "fin_ance", "-a", "a-", "a.b", "", "a/b", "ﬁnance", String(repeating: "a", count: 64)])
    func whatIsNoNamespaceIsNone(_ text: String) { #expect(!AdmissionReview.isLabel(text)) }

    @Test func aLargeReviewIsReadQuickly() async throws {
        // As managed fields make of a Deployment in practice: about 19 KB, of which few bytes matter.
        let fields: JSONTree = .object(
            Dictionary(
                (0..<300).map { (ExactString("f:annotation-\($0)"), ["f:value": [:], "k:{\"name\":\"app\"}": [:]]) },
                uniquingKeysWith: { first, _ in first }))
        let object = ReviewFixture.object(
            "Deployment", ReviewFixture.pod("registry.example/app:v1"),
            metadata: ["managedFields": [["fieldsV1": fields]]])
        let fixture = ReviewFixture(kind: "Deployment", object: object)
        let body = fixture.body
        #expect(body.count > 15_000)
        let stated = StatedDecisions()
        let surface = KubernetesValidation(judge: stated.judge, configuration: KubernetesConfiguration())
        let time = try await ContinuousClock().measure {
            for _ in 0..<50 { _ = try await surface.answer(.to("/", body)) }
        }
        #expect(stated.asked.count == 50)
        // A debug build on a busy machine; a release build needs some ten microseconds.
        #expect(time < .seconds(10))
    }
}
