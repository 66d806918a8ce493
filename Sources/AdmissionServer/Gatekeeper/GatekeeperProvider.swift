import Admission
public import AdmissionService
import Findings
import OCI
import StrictEncoding

/// `POST /v1/gatekeeper`: an external data provider of OPA Gatekeeper (`externaldata.gatekeeper.sh/v1beta1`).
///
/// A key is an image, `registry.example/ledger:v1`, or one in a namespace, `finance|registry.example/ledger:v1`. The value
/// of an image that may run is its name with the digest that was verified, so one provider serves constraints and
/// mutations; a key whose image may not run has an error, which begins with the reason code.
public struct GatekeeperProvider: Surface {
    private let decide: @Sendable ([Question], Duration) async -> [ImageDecision]

    public init(service: DecisionService) { self.init(judge: ImageJudge(service)) }

    init(judge: ImageJudge) { decide = judge.decide }

    public var name: SurfaceName { .gatekeeper }
    public var routes: [SurfaceRoute] {
        [SurfaceRoute("POST", "/v1/gatekeeper", bodyByteLimit: ProviderRequest.mostBytes)]
    }

    public func answer(_ request: SurfaceRequest) async -> SurfaceResponse {
        let keys: [String]
        do throws(ProviderRequestError) { keys = try ProviderRequest(parsing: request.body).keys } catch {
            let text = "\(ReasonCode.serviceMalformedRequest.name): \(error.message)"
            return Self.response([], systemError: text, status: 400)
        }
        let read = keys.map { (key: $0, asked: ProviderKey($0)) }
        let questions = read.compactMap(\.asked).map { asked in
            Question(
                image: asked.image, namespace: asked.namespace,
                asker: Asker(surface: .gatekeeper, identity: request.askedBy), user: nil)
        }
        let decisions = questions.isEmpty ? [] : await decide(questions, request.timeout)
        guard decisions.count == questions.count else {
            return Self.response([], systemError: "the decisions could not be made", status: 500)
        }
        var next = decisions.makeIterator()
        let items = read.map { key, asked in
            guard let asked, let decision = next.next() else {
                return Self.item(
                    key, error: "\(ReasonCode.serviceMalformedRequest.name): expected `IMAGE` or `NAMESPACE|IMAGE`")
            }
            return Self.item(key, asked, decision)
        }
        return Self.response(items, systemError: "", status: 200)
    }

    private static func item(_ key: String, _ asked: ProviderKey, _ decision: ImageDecision) -> JSONTree {
        guard decision.isBlocked else {
            let ruling = ImageRuling(image: asked.image, uses: [], decision: decision)
            // As it was written where it is pinned already, where nobody read it, and where a policy objects that is not
            // enforced.
            return ["key": .string(key), "value": .string(ruling.pin?.description ?? asked.image)]
        }
        guard let headline = decision.headline else { return item(key, error: "not admitted") }
        let text =
            "\(headline.code.name): \(Finding.escaped(headline.message)); mend: \(Finding.escaped(headline.mend))"
        return item(key, error: WebhookText.cut(text, to: 1_024))
    }

    private static func item(_ key: String, error: String) -> JSONTree {
        ["key": .string(key), "error": .string(error)]
    }

    private static func response(_ items: [JSONTree], systemError: String, status: Int) -> SurfaceResponse {
        let response: JSONTree = [
            "apiVersion": .string(ProviderRequest.apiVersion), "kind": "ProviderResponse",
            "response": [
                // Asking again, also with a value as the key, gives the same: Gatekeeper's mutations need that.
                "idempotent": true, "items": .array(items), "systemError": .string(systemError),
            ],
        ]
        return SurfaceResponse(status: status, body: response.canonicalBytes())
    }
}
