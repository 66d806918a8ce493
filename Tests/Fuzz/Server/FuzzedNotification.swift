import Content
import Crypto
import OCI
import StrictEncoding

@testable import AdmissionServer

/// What registries tell of pushes, and how they prove that it is them.
enum FuzzedNotification {
    private static let limits = NotificationLimits()
    private static let registries: [NotificationRegistry] = ["registry.example:5000", "docker.io"].compactMap { name in
        guard let host = RegistryHost(parsing: name), let all = try? Glob("**") else { return nil }
        return try? NotificationRegistry(
            name: "central", host: host, format: .distribution, authentication: [.insecureAnyone], repositories: [all])
    }

    static func check(_ body: [UInt8], _ format: NotificationFormat) {
        precondition(registries.count == 2)
        guard let readings = try? format.events(in: body, limits: limits) else { return }
        precondition(readings.count <= limits.events)
        for case .push(let push) in readings {
            for registry in registries {
                guard let event = try? registry.checked(push) else { continue }
                // Whatever a body says, the image is one of the configured host, by the name that was stated.
                let name = registry.host.description + "/" + event.repository
                guard let read = try? ImageReference(parsing: name + (event.tag.map { ":" + $0 } ?? "")) else {
                    preconditionFailure("an event that names no image")
                }
                precondition(ExactString(read.registry) == ExactString(registry.host.description))
                precondition(ExactString(read.repository) == push.repository && read.digest == nil)
                precondition(event.tag.map { ExactString($0) } == push.tag)
                precondition(event.tag != nil || event.digest != nil)
                precondition(event.digest.map { ExactString($0.description) } == push.digest)
                if case .image(let digest)? = event.subject {
                    precondition(event.tag?.utf8.contains("\(digest.hex)".utf8) ?? false)
                }
            }
        }
    }

    // MARK: Formats of one's own

    private static let mappings: [NotificationMapping] = {
        func mapping(
            _ repository: String, tag: String? = nil, digest: String? = nil, id: String? = nil, prefix: String = "",
            pushes: NotificationMapping.Pushes = .everyEvent
        ) -> NotificationMapping? {
            guard let path = try? EventPath(repository) else { return nil }
            return try? NotificationMapping(
                repository: path, repositoryPrefix: prefix, tag: tag.flatMap { try? EventPath($0) },
                digest: digest.flatMap { try? EventPath($0) }, id: id.flatMap { try? EventPath($0) }, pushes: pushes)
        }
        let action = (try? EventPath("/a/*/action")).map {
            NotificationMapping.Pushes.action($0, isOneOf: ["push"])
        }
        return [
            mapping("/repository", tag: "/updated_tags/*"),
            mapping("/target/repository", tag: "/target/tag", digest: "/target/digest", id: "/id"),
            mapping("/a/*/repository", tag: "/a/*/tags/*", id: "/id", prefix: "eu/", pushes: action ?? .everyEvent),
            mapping("/0/repository", digest: "/0/~1~0/*/1"),
        ].compactMap(\.self)
    }()

    /// - Parameter bytes: which mapping, or one more path; then the body.
    static func checkMapped(_ bytes: [UInt8]) {
        precondition(mappings.count == 4)
        guard let choice = bytes.first else { return }
        let rest = Array(bytes.dropFirst())
        if choice < 128 { return check(rest, .mapped(mappings[Int(choice) % 4])) }
        let parts = rest.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let path = try? EventPath(String(decoding: parts[0], as: UTF8.self)),
            let tag = try? EventPath("/tag"),
            let mapping = try? NotificationMapping(repository: path, tag: tag, digest: nil, pushes: .everyEvent)
        else { return }
        check(Array(parts[1]), .mapped(mapping))
    }

    // MARK: Proof

    /// - Parameter bytes: a line for each of three headers, then a body.
    static func checkSender(_ bytes: [UInt8]) {
        let parts = bytes.split(separator: 0x0A, maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return }
        let texts = parts.prefix(3).map { String(decoding: $0, as: UTF8.self) }
        let body = Array(parts[3])
        let headers = ["x-signature": texts[0], "x-time": texts[1], "authorization": texts[2]]
        let now = Instant(secondsSince1970: 1_700_000_000)
        let key = Array("sixteen bytes at least".utf8)
        let secret = SharedSecret([key])
        // Nobody who doesn't know the secret gets in, except by guessing it.
        let fixed = NotificationAuthentication.header(name: "Authorization", value: secret)
        let isIn = (try? fixed.check(headers: headers, body: body, caller: nil, at: now)) != nil
        precondition(isIn == texts[2].utf8.elementsEqual(key))
        let caller = NotificationAuthentication.caller(["spiffe://example.org/registry"])
        precondition((try? caller.check(headers: headers, body: body, caller: nil, at: now)) == nil)
        for encoding in NotificationSignature.Encoding.allCases {
            let way = NotificationSignature(
                header: "X-Signature", prefix: encoding == .hex ? "sha256=" : "", encoding: encoding,
                timestamp: encoding == .hex ? .init(header: "X-Time") : nil, secret: secret)
            let isRight = (try? way.check(headers: headers, body: body, at: now)) != nil
            let covered = encoding == .hex ? Array((texts[1] + ".").utf8) + body : body
            let code = Array(HMAC<SHA256>.authenticationCode(for: covered, using: SymmetricKey(data: key)))
            var right = headers
            right["x-signature"] = encoding == .hex ? "sha256=" + Hex.encode(code) : Base64.encode(code)
            let wouldBeIn = (try? way.check(headers: right, body: body, at: now)) != nil
            precondition(!isRight || wouldBeIn)
            precondition(encoding == .hex || wouldBeIn)
            if wouldBeIn, encoding == .hex {
                guard let seconds = Int64(texts[1]) else { preconditionFailure("a time that is none") }
                precondition((seconds - now.secondsSince1970).magnitude <= 300)
            }
            // The code of one body is none of another.
            precondition((try? way.check(headers: right, body: body + [0x20], at: now)) == nil)
        }
    }
}
