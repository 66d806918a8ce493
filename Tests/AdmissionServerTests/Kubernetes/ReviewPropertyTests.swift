import AdmissionService
import StrictEncoding
import Testing

@testable import AdmissionServer

/// Whatever is done to a request: no image passes that nobody judged, and every answer is one.
@Suite struct ReviewPropertyTests {
    private static let images = ["a:v1", "b:v1", "c:v1", "d:v1", "e:v1"]

    private static func review(_ kind: String) -> JSONTree {
        let pod = ReviewFixture.pod("a:v1", "b:v1", initImages: ["c:v1"], ephemeral: ["d:v1"], volumes: ["e:v1"])
        return [
            "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
            "request": .object(ReviewFixture(kind: kind, object: ReviewFixture.object(kind, pod)).request),
        ]
    }

    /// One value somewhere is replaced, taken out, or doubled.
    private static func edited(_ tree: JSONTree, _ random: inout SplitMix) -> JSONTree {
        let replacements: [JSONTree] = [
            .null, "", "x", 5, true, [], [:], ["x"], ["image": "hidden:v1"], "Pod", "v1", "UPDATE", "finance", "pods",
            [["image": "hidden:v1"]], [["name": "n", "image": ["hidden:v1"]]], "ephemeralcontainers", "resize",
        ]
        switch tree {
        case .object(var members) where !members.isEmpty && Int.random(in: 0..<6, using: &random) > 0:
            let names = members.keys.sorted()
            let name = names[Int.random(in: 0..<names.count, using: &random)]
            if Int.random(in: 0..<12, using: &random) == 0 {
                members[name] = nil
            } else if Int.random(in: 0..<12, using: &random) == 0 {
                members[ExactString(name.value.uppercased())] = members[name]
                members[name] = nil
            } else {
                members[name] = members[name].map { edited($0, &random) }
            }
            return .object(members)
        case .array(var elements) where !elements.isEmpty && Int.random(in: 0..<6, using: &random) > 0:
            let at = Int.random(in: 0..<elements.count, using: &random)
            if Int.random(in: 0..<8, using: &random) == 0 {
                elements.append(elements[at])
            } else {
                elements[at] = edited(elements[at], &random)
            }
            return .array(elements)
        default: return replacements[Int.random(in: 0..<replacements.count, using: &random)]
        }
    }

    /// The texts where the API has images, found by other means than the product's.
    private static func run(_ value: JSONTree?, _ found: inout Set<String>) {
        switch value {
        case .object(let members)?:
            for list in ["containers", "initContainers", "ephemeralContainers"] {
                guard case .array(let containers)? = members[ExactString(list)] else { continue }
                for case .object(let container) in containers {
                    if case .string(let image)? = container["image"] { found.insert(image) }
                }
            }
            if case .array(let volumes)? = members["volumes"] {
                for volume in volumes {
                    if case .string(let image)? = volume["image"]?["reference"] { found.insert(image) }
                }
            }
            for member in members.values { run(member, &found) }
        case .array(let elements)?: for element in elements { run(element, &found) }
        default: break
        }
    }

    @Test(arguments: ReviewFixture.workloads)
    func noEditLetsAnImagePassUnjudged(_ kind: String) async throws {
        var random = SplitMix(state: 11)
        var allowed = 0
        for _ in 0..<400 {
            var review = Self.review(kind)
            // Half of the edits are deep in the object, where images may hide.
            if Bool.random(using: &random), let object = review["request"]?["object"],
                case .object(var request)? = review["request"], case .object(var members) = review
            {
                request["object"] = Self.edited(object, &random)
                members["request"] = .object(request)
                review = .object(members)
            } else {
                for _ in 0..<Int.random(in: 1...2, using: &random) { review = Self.edited(review, &random) }
            }
            let stated = StatedDecisions()
            let surface = KubernetesValidation(
                judge: stated.judge, configuration: KubernetesConfiguration(pinning: .off))
            let answer = try await GivenAnswer(surface.answer(.to("/", review.canonicalBytes())))
            guard answer.status == 200 else {
                #expect(answer.status == 400)
                continue
            }
            #expect(answer.isAllowed != nil)
            #expect(answer.response?["uid"] == review["request"]?["uid"])
            guard answer.isAllowed == true else { continue }
            allowed += 1
            var run: Set<String> = []
            Self.run(review["request"]?["object"], &run)
            #expect(
                run.subtracting(stated.images).isEmpty, "\(String(decoding: review.canonicalBytes(), as: UTF8.self))")
        }
        #expect(allowed > 20)
    }

    @Test(arguments: ReviewFixture.workloads)
    func noByteThatIsChangedOrLeftOutTrapsOrPassesUnread(_ kind: String) async throws {
        let body = Self.review(kind).canonicalBytes()
        var random = SplitMix(state: 13)
        let stated = StatedDecisions()
        let configuration = KubernetesConfiguration()
        let validation = KubernetesValidation(judge: stated.judge, configuration: configuration)
        let mutation = KubernetesMutation(judge: stated.judge, configuration: configuration)
        let gatekeeper = GatekeeperProvider(judge: stated.judge)
        for _ in 0..<500 {
            var bytes = body
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.removeSubrange((at + 1)...)
                case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
                // What gives a text another form: brackets, quotes, escapes, halves of characters.
                case 3: bytes[at] = Array("{}[]\",:\\u\u{7F}\u{E9}".utf8).randomElement(using: &random) ?? 0
                // A part that stands elsewhere, or twice.
                default:
                    let from = Int.random(in: 0..<bytes.count, using: &random)
                    let part = bytes[from..<min(from + Int.random(in: 1...200, using: &random), bytes.count)]
                    bytes.insert(contentsOf: Array(part), at: at)
                }
            }
            for surface in [validation, mutation, gatekeeper] as [any Surface] {
                let response = try await surface.answer(.to("/", bytes))
                #expect([200, 400].contains(response.status))
                #expect(try GivenAnswer(response).root != .null)
            }
        }
    }
}
