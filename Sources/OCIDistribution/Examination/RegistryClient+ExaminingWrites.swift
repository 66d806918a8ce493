import Content
import Findings
import HTTPTransport
import OCI

/// What is written to find out whether writing works: always the same, so that a second examination leaves no more than
/// the first.
enum DoctorArtifact {
    static let type: MediaType = "application/vnd.landwaiter.registry-doctor"
    static let blob = VerifiedContent(namedByOwnDigest: Array("written by landwaiter registry doctor\n".utf8))
    /// Something to refer to.
    static let subject = VerifiedContent(
        namedByOwnDigest: ImageManifest.artifactBytes(artifactType: type, layers: [.emptyValue]))
    static let referrer = VerifiedContent(
        namedByOwnDigest: ImageManifest.artifactBytes(
            artifactType: type, layers: [.emptyValue], subject: Descriptor(of: subject, mediaType: .ociManifest)))
}

// distribution-spec "Push" and "Content Management".
extension RegistryClient {
    func examineWriting(
        _ place: RegistryRepository, _ examination: inout RegistryExamination, by deadline: OperationDeadline
    ) async {
        let trial = WriteTrial(client: self, place: place, deadline: deadline)
        // `{}` is what artifacts of others are made of too: it stays.
        await note(.upload, "by POST and PUT", &examination) { () throws(RegistryError) in
            try await trial.upload(.emptyValue)
        }
        await note(.chunkedUpload, "by PATCH", &examination) { () throws(RegistryError) in
            try await trial.uploadInChunks(DoctorArtifact.blob)
        }
        await note(.mount, "from the same repository", &examination) { () throws(RegistryError) in
            try await trial.mount(.emptyValue)
        }
        let pushed = await outcome { () throws(RegistryError) in
            _ = try await trial.put(DoctorArtifact.subject)
            return try await trial.put(DoctorArtifact.referrer)
        }
        switch pushed {
        case .success(let isAcknowledged):
            examination.add(
                .subject, isAcknowledged ? .yes : .no,
                isAcknowledged
                    ? "the registry says `OCI-Subject`" : "no `OCI-Subject`: the writer has to keep the fallback tag")
            await examineListing(place, &examination, by: deadline)
        case .failure(let error):
            examination.add(.subject, .no, error.message)
            examination.add(.referrerListed, .unknown, "nothing was pushed")
        }
    }

    func examineDeleting(
        _ place: RegistryRepository, _ examination: inout RegistryExamination, by deadline: OperationDeadline
    ) async {
        let trial = WriteTrial(client: self, place: place, deadline: deadline)
        await note(.deleteManifest, "the doctor's manifests are gone", &examination) { () throws(RegistryError) in
            try await trial.delete("manifests/\(DoctorArtifact.referrer.digest)")
            try await trial.delete("manifests/\(DoctorArtifact.subject.digest)")
        }
        await note(.deleteBlob, "the doctor's blob is gone", &examination) { () throws(RegistryError) in
            try await trial.delete("blobs/\(DoctorArtifact.blob.digest)")
        }
    }

    private func examineListing(
        _ place: RegistryRepository, _ examination: inout RegistryExamination, by deadline: OperationDeadline
    ) async {
        let list = await outcome { () throws(RegistryError) in
            try await self.referrers(
                of: DoctorArtifact.subject.digest, in: place, limits: ContentLimits(), by: deadline)
        }
        switch list {
        case .success(let list):
            let isListed = list.descriptors.contains { $0.digest == DoctorArtifact.referrer.digest }
            examination.add(
                .referrerListed, isListed ? .yes : .no, isListed ? "at once" : "what was pushed is not in the list")
        case .failure(let error): examination.add(.referrerListed, .no, error.message)
        }
    }

    private func note(
        _ feature: RegistryExamination.Feature, _ detail: String, _ examination: inout RegistryExamination,
        _ act: () async throws(RegistryError) -> Void
    ) async {
        switch await outcome(act) {
        case .success: examination.add(feature, .yes, detail)
        case .failure(let error): examination.add(feature, .no, error.message)
        }
    }
}

/// One request each, as plainly as the specification has them: what is wanted is the registry's answer, not success.
private struct WriteTrial {
    let client: RegistryClient
    let place: RegistryRepository
    let deadline: OperationDeadline

    /// end-4a, end-6
    func upload(_ content: VerifiedContent) async throws(RegistryError) {
        let location = try await begin("blobs/uploads/", expecting: 202)
        try await finish(location, content.digest, content.bytes)
    }

    /// end-4a, end-5, end-6
    func uploadInChunks(_ content: VerifiedContent) async throws(RegistryError) {
        let location = try await begin("blobs/uploads/", expecting: 202)
        let answer = try await send(
            .patch, .location(location), "chunk",
            fields: [
                "Content-Type": "application/octet-stream", "Content-Range": "0-\(content.bytes.count - 1)",
            ], body: content.bytes, expecting: [202])
        try await finish(try next(answer), content.digest, [])
    }

    /// end-11
    func mount(_ content: VerifiedContent) async throws(RegistryError) {
        let target = "blobs/uploads/?mount=\(content.digest)&from=\(place.path)"
        let answer = try await send(.post, .path(target), "mount", expecting: [201, 202])
        guard answer.status == 202 else { return }
        // An upload was begun instead; it is given up, as well as that goes.
        if let location = try? next(answer) {
            _ = try? await client.answer(.write(.delete, .location(location), in: place), from: place, by: deadline)
        }
        throw .malformed("the registry begins an upload instead")
    }

    /// end-7; whether the registry acknowledges the subject.
    func put(_ manifest: VerifiedContent) async throws(RegistryError) -> Bool {
        let answer = try await send(
            .put, .path("manifests/\(manifest.digest)"), "manifest",
            fields: ["Content-Type": MediaType.ociManifest.description], body: manifest.bytes, expecting: [201])
        return answer.response.fields["oci-subject"] != nil
    }

    /// end-9, end-10
    func delete(_ path: String) async throws(RegistryError) {
        _ = try await send(.delete, .path(path), "deletion", expecting: [200, 202, 204])
    }

    private func begin(_ path: String, expecting status: Int) async throws(RegistryError) -> WebURL {
        try next(try await send(.post, .path(path), "upload", expecting: [status]))
    }

    private func finish(_ location: WebURL, _ digest: Digest, _ bytes: [UInt8]) async throws(RegistryError) {
        let joint = location.query == nil ? "?" : "&"
        let url: WebURL
        do throws(WebURLError) { url = try WebURL(parsing: location.description + joint + "digest=\(digest)") } catch {
            throw .malformed(error.message)
        }
        _ = try await send(
            .put, .location(url), "upload", fields: ["Content-Type": "application/octet-stream"], body: bytes,
            expecting: [201])
    }

    /// Where the registry wants the rest: nowhere else than where it answered, since nothing here is worth more.
    private func next(_ answer: RegistryAnswer) throws(RegistryError) -> WebURL {
        guard let location = answer.response.fields["location"] else {
            throw .malformed("expected a `Location` with status \(answer.status), found none")
        }
        let next: WebURL
        do throws(WebURLError) { next = try answer.url.resolving(location) } catch { throw .malformed(error.message) }
        guard next.origin == answer.url.origin else {
            throw .refusedRedirect(
                "uploads go on at \(Finding.quoted(next.origin.description)), where nothing was sent")
        }
        return next
    }

    private func send(
        _ method: HTTPRequest.Method, _ target: RegistryRequest.Target, _ what: String, fields: HTTPFields = [:],
        body: [UInt8] = [], expecting statuses: Set<Int>
    ) async throws(RegistryError) -> RegistryAnswer {
        let request = RegistryRequest.write(method, target, in: place, fields: fields, body: body)
        let answer = try await client.answer(request, from: place, by: deadline)
        guard statuses.contains(answer.status) else { throw answer.failure(what, isAboutWriting: true) }
        return answer
    }
}
