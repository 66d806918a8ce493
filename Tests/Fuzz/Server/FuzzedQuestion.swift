import OCI
import StrictEncoding

@testable import AdmissionServer

/// What is asked otherwise than by an API server: Gatekeeper's keys, the body of `/v1/verify`, paths and queries.
enum FuzzedQuestion {
    static func checkProvider(_ body: [UInt8]) {
        guard let request = try? ProviderRequest(parsing: body) else { return }
        precondition(request.keys.count <= ProviderRequest.mostKeys)
        precondition(Set(request.keys.map { ExactString($0) }).count == request.keys.count)
        for text in request.keys {
            guard let key = ProviderKey(text) else { continue }
            let stated = key.namespace.map { $0 + "|" + key.image } ?? key.image
            precondition(ExactString(stated) == ExactString(text))
            precondition(key.namespace.map(AdmissionReview.isLabel) ?? true)
            // Of what is an image, no part is a namespace.
            if (try? ImageReference(parsing: text)) != nil { precondition(key.namespace == nil) }
        }
    }

    static func checkVerify(_ body: [UInt8]) {
        let request = SurfaceRequest(
            path: "/v1/verify", headers: ["content-type": "application/json"], body: body,
            receivedAt: Instant(secondsSince1970: 1_700_000_000), timeout: .seconds(1))
        let problem: Problem
        do throws(Problem) {
            let read = try VerifyRequest(request)
            precondition(!read.image.isEmpty && read.namespace?.isEmpty != true)
            guard let root = try? JSONDocument(parsing: body).root, let object = root.object else {
                preconditionFailure("a body that nobody can read")
            }
            precondition(object.allSatisfy { ["image", "namespace", "dryRun"].contains($0.key) })
            return
        } catch {
            problem = error
        }
        precondition(problem.status == 400)
        precondition((try? JSONDocument(parsing: problem.body())) != nil)
    }

    static func checkTarget(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        if let duration = StatedTimeout.duration(text) {
            precondition(duration > .zero && duration <= .seconds(86_400))
        }
        guard let target = RequestTarget(text) else { return }
        precondition(target.path.utf8.first == UInt8(ascii: "/"))
        precondition(text.utf8.starts(with: target.path.utf8))
        // No segment becomes two, or another's parent, by an escape.
        precondition(target.segments.allSatisfy { $0.utf8.count <= text.utf8.count })
        precondition(
            target.segments.count == target.path.utf8.split(separator: 0x2F, omittingEmptySubsequences: false).count - 1
        )
    }
}
