import Content

/// Uploads: whole in one POST, POST and PUT, in chunks, or from another repository.
extension RegistryService {
    /// end-4a, end-4b, end-11
    func startUpload(_ name: String, _ request: IncomingRequest) -> Reply {
        guard request.method == "POST" else { return .error(405, "UNSUPPORTED", "method not allowed") }
        let query = request.query
        if let digest = query["mount"], features.uploads.mount {
            let bytes = query["from"].flatMap { contents.read($0) { $0.blobs[digest] } ?? nil }
            if let bytes {
                contents.change(name) { $0.blobs[digest] = bytes }
                return created(name, digest)
            }
        }
        if let digest = query["digest"], features.uploads.singlePost {
            return store(request.body, digest, name)
        }
        let id = contents.nextUpload()
        contents.change(name) { $0.uploads[id] = [] }
        return accepted(name, id, count: 0)
    }

    /// end-5, end-6, end-13, end-14
    func upload(_ name: String, _ id: String, _ request: IncomingRequest) -> Reply {
        guard let received = contents.read(name, { $0.uploads[id] }) ?? nil else {
            return .error(404, "BLOB_UPLOAD_UNKNOWN", "upload unknown")
        }
        switch request.method {
        case "GET":
            var reply = accepted(name, id, count: received.count)
            reply.status = 204
            return reply
        case "PATCH":
            guard features.uploads.chunked else { return .error(405, "UNSUPPORTED", "no chunks") }
            guard isNext(request, after: received.count) else {
                var reply = accepted(name, id, count: received.count)
                reply.status = 416
                return reply
            }
            let count = contents.change(name) { repository in
                repository.uploads[id, default: []] += request.body
                return repository.uploads[id]?.count ?? 0
            }
            return accepted(name, id, count: count)
        case "PUT":
            guard let digest = request.query["digest"] else {
                return .error(400, "DIGEST_INVALID", "the digest is not stated")
            }
            guard isNext(request, after: received.count) else {
                return .error(416, "BLOB_UPLOAD_INVALID", "not the next chunk")
            }
            contents.change(name) { $0.uploads[id] = nil }
            return store(received + request.body, digest, name)
        case "DELETE":
            contents.change(name) { $0.uploads[id] = nil }
            return Reply(204)
        default: return .error(405, "UNSUPPORTED", "method not allowed")
        }
    }

    /// Chunks come in order (end-5); a body without a range is the next one.
    private func isNext(_ request: IncomingRequest, after count: Int) -> Bool {
        guard let range = request.header("content-range") else { return true }
        let bounds = range.split(separator: "-").map { Int($0) }
        return bounds == [count, count + request.body.count - 1]
    }

    private func store(_ bytes: [UInt8], _ stated: String, _ name: String) -> Reply {
        guard let digest = try? Digest(stated), Digest(of: bytes, using: digest.algorithm) == digest else {
            return .error(400, "DIGEST_INVALID", "the blob has another digest")
        }
        contents.change(name) { $0.blobs[stated] = bytes }
        return created(name, stated)
    }

    private func created(_ name: String, _ digest: String) -> Reply {
        var reply = Reply(201)
        reply.set("Location", "/v2/\(name)/blobs/\(digest)")
        reply.set("Docker-Content-Digest", digest)
        return reply
    }

    private func accepted(_ name: String, _ id: String, count: Int) -> Reply {
        var reply = Reply(202)
        let start = features.uploads.absoluteLocations ? url : ""
        // A query of its own, since clients have lost those.
        reply.set("Location", "\(start)/v2/\(name)/blobs/uploads/\(id)?state=\(count)")
        reply.set("Range", "0-\(max(0, count - 1))")
        reply.set("Docker-Upload-UUID", id)
        if let shortest = features.uploads.shortestChunk { reply.set("OCI-Chunk-Min-Length", String(shortest)) }
        return reply
    }
}
