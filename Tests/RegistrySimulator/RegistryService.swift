import Content
import OCI
import StrictEncoding

/// What the registry answers: the endpoints of distribution-spec 1.1, by their numbers there.
struct RegistryService: Sendable {
    let features: RegistryFeatures
    let contents: RegistryContents
    let url: String

    func reply(to request: IncomingRequest) -> Reply {
        let path = request.path
        if path == "/token", let service = features.tokenService { return service.reply(to: request) }
        guard path == "/v2" || path.hasPrefix("/v2/") else { return .error(404, "NAME_UNKNOWN", "no such page") }
        let route = Route(path)
        if let refusal = refusal(of: request, route) { return refusal }
        var reply: Reply
        switch route {
        case .base: reply = .json([:])  // end-1
        case .manifest(let name, let reference): reply = manifest(name, reference, request)
        case .blob(let name, let digest): reply = blob(name, digest, request)
        case .uploads(let name): reply = startUpload(name, request)
        case .upload(let name, let id): reply = upload(name, id, request)
        case .tags(let name): reply = tags(name, request)
        case .referrers(let name, let digest): reply = referrers(name, digest, request)
        case .unknown: reply = .error(404, "NAME_UNKNOWN", "no such page")
        }
        reply.set("Docker-Distribution-Api-Version", "registry/2.0")
        if !features.namesDigests { reply.set("Docker-Content-Digest", nil) }
        return reply
    }

    enum Route: Sendable {
        case base, unknown
        case manifest(String, String)
        case blob(String, String)
        case uploads(String)
        case upload(String, String)
        case tags(String)
        case referrers(String, String)

        init(_ path: String) {
            var parts = path.split(separator: "/", omittingEmptySubsequences: true).dropFirst().map(String.init)
            guard let last = parts.popLast() else {
                self = .base
                return
            }
            let kind = parts.popLast() ?? ""
            let name = parts.joined(separator: "/")
            switch (kind, last) {
            case ("manifests", _): self = .manifest(name, last)
            case ("blobs", "uploads"): self = .uploads(name)
            case ("blobs", _): self = .blob(name, last)
            case ("uploads", _) where parts.last == "blobs":
                self = .upload(parts.dropLast().joined(separator: "/"), last)
            case ("tags", "list"): self = .tags(name)
            case ("referrers", _): self = .referrers(name, last)
            default: self = .unknown
            }
        }

        var repository: String? {
            switch self {
            case .base, .unknown: nil
            case .manifest(let name, _), .blob(let name, _), .uploads(let name), .upload(let name, _), .tags(let name),
                .referrers(let name, _):
                name
            }
        }
    }

    // MARK: Who may

    private func refusal(of request: IncomingRequest, _ route: Route) -> Reply? {
        let action =
            switch request.method {
            case "GET", "HEAD": "pull"
            case "DELETE": "delete"
            default: "push"
            }
        switch features.authentication {
        case .none: return nil
        case .basic(let users, let readers):
            guard let (name, password) = Credentials.basic(request.header("authorization")), users[name] == password
            else {
                var reply = Reply.error(401, "UNAUTHORIZED", "authentication required")
                reply.set("WWW-Authenticate", "Basic realm=\"simulator\"")
                return reply
            }
            guard action != "pull", readers.contains(name) else { return nil }
            return .error(403, "DENIED", "\(name) may not \(action)")
        case .bearer(let service, let realm):
            let repository = route.repository
            return service.refusal(
                of: request.header("authorization"), repository: repository, action: action,
                realm: realm ?? url + "/token")
        }
    }

    // MARK: Manifests

    /// end-3, end-7, end-9
    private func manifest(_ name: String, _ reference: String, _ request: IncomingRequest) -> Reply {
        switch request.method {
        case "GET", "HEAD":
            guard let (digest, manifest) = contents.read(name, { $0.manifest(reference) }) ?? nil else {
                return .error(404, "MANIFEST_UNKNOWN", "manifest unknown")
            }
            var reply = Reply(200, type: manifest.mediaType, body: manifest.bytes)
            reply.set("Docker-Content-Digest", digest)
            return reply
        case "PUT": return putManifest(name, reference, request)
        case "DELETE":
            guard features.deletes else { return .error(405, "UNSUPPORTED", "deleting is switched off") }
            let isGone = contents.change(name) { repository in
                guard reference.contains(":") else { return repository.tags.removeValue(forKey: reference) != nil }
                repository.tags = repository.tags.filter { $0.value != reference }
                return repository.manifests.removeValue(forKey: reference) != nil
            }
            return isGone ? Reply(202) : .error(404, "MANIFEST_UNKNOWN", "manifest unknown")
        default: return .error(405, "UNSUPPORTED", "method not allowed")
        }
    }

    private func putManifest(_ name: String, _ reference: String, _ request: IncomingRequest) -> Reply {
        let algorithm = (try? Digest(reference))?.algorithm ?? .sha256
        let digest = Digest(of: request.body, using: algorithm).description
        guard !reference.contains(":") || reference == digest else {
            return .error(400, "DIGEST_INVALID", "the manifest has another digest")
        }
        let type = request.header("content-type") ?? MediaType.ociManifest.description
        let manifest = RegistryContents.Manifest(request.body, mediaType: type)
        let (blobs, children) = manifest.needs
        let stored = contents.change(name) { repository in
            if features.wantsBlobsFirst {
                guard blobs.allSatisfy({ repository.blobs[$0] != nil }),
                    children.allSatisfy({ repository.manifests[$0] != nil })
                else { return false }
            }
            repository.manifests[digest] = manifest
            if !reference.contains(":") { repository.tags[reference] = digest }
            return true
        }
        guard stored else { return .error(400, "MANIFEST_BLOB_UNKNOWN", "the manifest names what is not here") }
        var reply = Reply(201)
        reply.set("Location", "/v2/\(name)/manifests/\(digest)")
        reply.set("Docker-Content-Digest", digest)
        if features.referrers.acknowledgesSubject { reply.set("OCI-Subject", manifest.subject) }
        return reply
    }

    // MARK: Blobs

    /// end-2, end-10
    private func blob(_ name: String, _ digest: String, _ request: IncomingRequest) -> Reply {
        switch request.method {
        case "GET", "HEAD":
            guard let bytes = contents.read(name, { $0.blobs[digest] }) ?? nil else {
                return .error(404, "BLOB_UNKNOWN", "blob unknown")
            }
            if let elsewhere = features.blobRedirect, request.method == "GET" {
                var reply = Reply(307)
                reply.set("Location", elsewhere + request.target)
                return reply
            }
            var reply = Reply(200, type: "application/octet-stream", body: bytes)
            reply.set("Docker-Content-Digest", digest)
            return reply
        case "DELETE":
            guard features.deletes else { return .error(405, "UNSUPPORTED", "deleting is switched off") }
            let isGone = contents.change(name) { $0.blobs.removeValue(forKey: digest) != nil }
            return isGone ? Reply(202) : .error(404, "BLOB_UNKNOWN", "blob unknown")
        default: return .error(405, "UNSUPPORTED", "method not allowed")
        }
    }

    // MARK: Lists

    /// end-8
    private func tags(_ name: String, _ request: IncomingRequest) -> Reply {
        guard features.listsTags else { return .error(405, "UNSUPPORTED", "tags are not listed") }
        guard let all = contents.read(name, { $0.tags.keys.sorted() }) else {
            return .error(404, "NAME_UNKNOWN", "repository unknown")
        }
        let query = request.query
        let later = query["last"].map { last in all.filter { $0 > last } } ?? all
        let asked = query["n"].flatMap { Int($0) }
        let count = [asked, features.tagsPageSize].compactMap(\.self).min() ?? later.count
        let page = Array(later.prefix(max(0, count)))
        var reply = Reply.json(["name": .string(name), "tags": JSONTree(strings: page)])
        if page.count < later.count, let last = page.last {
            reply.set("Link", "</v2/\(name)/tags/list?n=\(count)&last=\(last)>; rel=\"next\"")
        }
        return reply
    }

    /// end-12
    private func referrers(_ name: String, _ digest: String, _ request: IncomingRequest) -> Reply {
        let referrers = features.referrers
        switch referrers.availability {
        case .notFound: return .error(404, "NOT_FOUND", "no such page")
        case .methodNotAllowed: return .error(405, "UNSUPPORTED", "method not allowed")
        case .empty: return index([])
        case .served: break
        }
        guard (try? Digest(digest)) != nil else { return .error(400, "DIGEST_INVALID", "not a digest") }
        let wanted = referrers.filters ? request.query["artifactType"] : nil
        let all = (contents.read(name) { $0.manifests.filter { $0.value.subject == digest } } ?? [:])
            .filter { wanted == nil || $0.value.artifactType == wanted }
            .sorted { $0.key < $1.key }
        let number = max(1, request.query["page"].flatMap { Int($0) } ?? 1)
        let size = max(1, referrers.pageSize ?? max(1, all.count))
        let start = min(all.count, (number - 1).multipliedReportingOverflow(by: size).partialValue)
        let page = all[start..<min(all.count, start + size)]
        var reply = index(
            page.map { digest, manifest in
                JSONTree(members: [
                    "mediaType": .string(manifest.mediaType),
                    "digest": .string(digest),
                    "size": .integer(Int64(manifest.bytes.count)),
                    "artifactType": manifest.artifactType.map(JSONTree.string),
                    "annotations": manifest.annotations,
                ])
            })
        if wanted != nil { reply.set("OCI-Filters-Applied", "artifactType") }
        if start + size < all.count {
            let filter = request.query["artifactType"].map { "&artifactType=" + $0.replacing("+", with: "%2B") } ?? ""
            reply.set("Link", "</v2/\(name)/referrers/\(digest)?page=\(number + 1)\(filter)>; rel=\"next\"")
        }
        return reply
    }

    private func index(_ manifests: [JSONTree]) -> Reply {
        .json(
            [
                "schemaVersion": 2, "mediaType": .string(MediaType.ociIndex.description),
                "manifests": .array(manifests),
            ], type: MediaType.ociIndex.description)
    }
}
