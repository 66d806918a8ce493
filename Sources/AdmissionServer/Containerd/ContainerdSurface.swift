import Admission
import AdmissionPolicy
public import AdmissionService
import Content
import Findings
import OCI
import StrictEncoding
import VerdictStorage

/// Image verifiers of this machine's containerd (`landwaiter containerd-verifier`), over a Unix socket.
///
/// `POST /v1/containerd` with `{"image": REFERENCE, "operation": "pull"}`, where the reference holds the digest that
/// containerd resolved; the answer is `{"allowed": …, "verdict": …, "reason": …, "id": …}`. When an image is pulled its
/// namespace is not known, so guardrails and policies for all namespaces decide.
public struct ContainerdSurface: Surface {
    private let service: DecisionService

    /// Bytes of a request: a reference has less than 1 KiB.
    static let bodyLimit = 16 << 10

    public init(_ service: DecisionService) { self.service = service }

    public var name: SurfaceName { .containerd }
    public var routes: [SurfaceRoute] {
        [SurfaceRoute("POST", "/v1/containerd", bodyByteLimit: Self.bodyLimit)]
    }

    public func answer(_ request: SurfaceRequest) async -> SurfaceResponse {
        let call: Call
        do throws(CallError) { call = try Call(request.body) } catch {
            return Problem.malformedBody.because(error.message).response()
        }
        let question = Question(
            image: call.image, namespace: nil,
            asker: Asker(surface: .containerd, identity: request.askedBy), user: "containerd, \(call.operation)")
        guard let answer = await service.decide([question], within: request.timeout).first else {
            return Problem.noAnswerInTime.response()
        }
        return SurfaceResponse(body: Self.json(answer).canonicalBytes())
    }

    static func json(_ answer: Answer) -> JSONTree {
        let record = answer.record
        var reason = "\(record.verdict.rawValue): \(record.imageDigest?.description ?? "no digest")"
        if let headline = record.headline {
            reason = "\(record.verdict.rawValue): \(headline.message) [\(headline.code)]; \(headline.mend)"
        }
        return JSONTree(members: [
            "allowed": .bool(!answer.isBlocked),
            "verdict": .string(record.verdict.rawValue),
            "reason": .string(Finding.escaped(reason)),
            "id": answer.id.map { .string($0.description) },
        ])
    }

    /// What is asked.
    struct Call: Equatable {
        let image: String
        let operation: String

        /// Only a reference with a digest: which tag containerd follows is settled by then.
        init(_ body: [UInt8]) throws(CallError) {
            let document: JSONDocument
            do throws(JSONError) {
                document = try JSONDocument(parsing: body, limits: JSONLimits(bytes: bodyLimit, depth: 4))
            } catch {
                throw CallError(error.message)
            }
            guard let tree = JSONTree(document.root), case .object(let members) = tree,
                members.keys.allSatisfy({ $0 == "image" || $0 == "operation" }),
                case .string(let image)? = tree["image"], case .string(let operation)? = tree["operation"],
                ["pull", "run"].contains(where: { $0.utf8.elementsEqual(operation.utf8) })
            else {
                throw CallError("expected an object with `image` and with `operation`, which is `pull` or `run`")
            }
            guard let reference = try? ImageReference(parsing: image), reference.digest != nil else {
                throw CallError("expected `image` with the digest that was resolved, found \(Finding.quoted(image))")
            }
            self.image = image
            self.operation = operation
        }
    }

    struct CallError: Error, Equatable {
        /// One line for people.
        let message: String

        init(_ message: String) { self.message = message }
    }
}
