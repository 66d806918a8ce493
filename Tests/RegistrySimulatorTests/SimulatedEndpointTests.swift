import Content
import HTTPTransport
import OCI
import RegistrySimulator
import StrictEncoding
import Testing

/// What skopeo does not use: lists, chunks, mounts, deletion, and the switches of each.
struct SimulatedEndpointTests {
    @Test func referrersComeByPageAndByType() async throws {
        let configuration = RegistryFeatures { $0.referrers.pageSize = 2 }
        try await exchange(configuration) { registry, client in
            let image = registry.contents.pushImage(in: "app", tag: "v1")
            for number in 0..<5 {
                registry.contents.pushReferrer(of: image, in: "app", payload: Array("bundle \(number)".utf8))
            }
            registry.contents.pushReferrer(
                of: image, in: "app", artifactType: "text/spdx+json", payload: Array("sbom".utf8))
            var listed: [[String]] = []
            var next: String? = "/v2/app/referrers/\(image.digest)"
            while let path = next {
                let answer = try await client.get(path)
                #expect(answer.fields["content-type"] == MediaType.ociIndex.description)
                listed.append(try digests(answer.body))
                next = answer.fields["link"].map { String($0.dropFirst().prefix { $0 != ">" }) }
            }
            #expect(listed.map(\.count) == [2, 2, 2])
            #expect(Set(listed.joined()).count == 6)
            let filtered = try await client.get("/v2/app/referrers/\(image.digest)?artifactType=text%2Fspdx%2Bjson")
            #expect(try digests(filtered.body).count == 1)
            #expect(filtered.fields["oci-filters-applied"] == "artifactType")
        }
    }

    @Test func aFilterMayGoUnheeded() async throws {
        try await exchange(RegistryFeatures { $0.referrers.filters = false }) { registry, client in
            let image = registry.contents.pushImage(in: "app")
            registry.contents.pushReferrer(of: image, in: "app", payload: [1])
            let answer = try await client.get("/v2/app/referrers/\(image.digest)?artifactType=text%2Fplain")
            #expect(try digests(answer.body).count == 1)
            #expect(answer.fields["oci-filters-applied"] == nil)
        }
    }

    @Test(arguments: [
        (RegistryFeatures.Referrers.Availability.notFound, 404), (.methodNotAllowed, 405), (.empty, 200),
    ])
    func referrersMayBeMissing(_ availability: RegistryFeatures.Referrers.Availability, _ status: Int) async throws {
        try await exchange(RegistryFeatures { $0.referrers.availability = availability }) { registry, client in
            let image = registry.contents.pushImage(in: "app")
            registry.contents.pushReferrer(of: image, in: "app", payload: [1])
            let answer = try await client.get("/v2/app/referrers/\(image.digest)")
            #expect(answer.status == status)
            if status == 200 { #expect(try digests(answer.body).isEmpty) }
        }
    }

    @Test func aSubjectIsAcknowledgedOrNot() async throws {
        for acknowledges in [true, false] {
            let configuration = RegistryFeatures { $0.referrers.acknowledgesSubject = acknowledges }
            try await exchange(configuration) { registry, client in
                let image = registry.contents.pushImage(in: "app")
                let referrer = registry.contents.pushReferrer(of: image, in: "app", payload: [1])
                let bytes = registry.contents.manifest(referrer.digest.description, in: "app") ?? []
                let answer = try await client.send(.put, "/v2/app/manifests/\(referrer.digest)", body: bytes)
                #expect(answer.status == 201)
                #expect(answer.fields["oci-subject"] == (acknowledges ? image.digest.description : nil))
            }
        }
    }

    @Test func tagsComeByPage() async throws {
        try await exchange(RegistryFeatures { $0.tagsPageSize = 2 }) { registry, client in
            for tag in ["a", "b", "c"] { registry.contents.pushImage(in: "app", tag: tag) }
            let first = try await client.get("/v2/app/tags/list")
            #expect(String(decoding: first.body, as: UTF8.self) == #"{"name":"app","tags":["a","b"]}"#)
            #expect(first.fields["link"] == "</v2/app/tags/list?n=2&last=b>; rel=\"next\"")
            let second = try await client.get("/v2/app/tags/list?n=2&last=b")
            #expect(String(decoding: second.body, as: UTF8.self) == #"{"name":"app","tags":["c"]}"#)
        }
    }

    @Test func blobsComeInOrderedChunks() async throws {
        try await exchange { registry, client in
            let bytes = Array("one two".utf8)
            let digest = Digest(of: bytes)
            let start = try await client.send(.post, "/v2/app/blobs/uploads/")
            #expect(start.status == 202)
            var location = start.fields["location"] ?? ""
            let early = try await client.send(.patch, location, ["content-range": "4-6"], body: Array(bytes[4...]))
            #expect(early.status == 416)
            for (range, part) in [("0-3", bytes[..<4]), ("4-6", bytes[4...])] {
                let answer = try await client.send(.patch, location, ["content-range": range], body: Array(part))
                #expect(answer.status == 202)
                location = answer.fields["location"] ?? ""
            }
            #expect(try await client.send(.put, location + "&digest=\(digest)").status == 201)
            #expect(registry.contents.blob(digest, in: "app") == bytes)
            let mounted = try await client.send(.post, "/v2/other/blobs/uploads/?mount=\(digest)&from=app")
            #expect(mounted.status == 201)
            #expect(registry.contents.blob(digest, in: "other") == bytes)
            #expect(try await client.send(.delete, "/v2/other/blobs/\(digest)").status == 202)
            #expect(registry.contents.blobs(in: "other").isEmpty)
        }
    }

    @Test func refusesAWrongDigestAndAManifestBeforeItsBlobs() async throws {
        try await exchange { registry, client in
            let wrong = Digest(of: Array("something else".utf8))
            let post = try await client.send(.post, "/v2/app/blobs/uploads/?digest=\(wrong)", body: [1])
            #expect(post.status == 400)
            let elsewhere = RegistryContents()
            let image = elsewhere.pushImage(in: "app")
            let manifest = elsewhere.manifest(image.digest.description, in: "app") ?? []
            #expect(try await client.send(.put, "/v2/app/manifests/v1", body: manifest).status == 400)
            #expect(try await client.send(.put, "/v2/app/manifests/\(wrong)", body: manifest).status == 400)
            #expect(registry.contents.manifests(in: "app").isEmpty)
        }
    }

    @Test func aReaderMayNotPush() async throws {
        let configuration = RegistryFeatures {
            $0.authentication = .basic(users: ["reader": "secret"], readers: ["reader"])
        }
        try await exchange(configuration) { registry, client async throws in
            let credentials: HTTPFields = ["authorization": "Basic " + Base64.encode(Array("reader:secret".utf8))]
            #expect(try await client.send(.get, "/v2/", credentials).status == 200)
            #expect(try await client.send(.post, "/v2/app/blobs/uploads/", credentials).status == 403)
            #expect(try await client.send(.get, "/v2/").status == 401)
            #expect(registry.requests.map(\.hasAuthorization) == [true, true, false])
        }
    }

    @Test func tokensAreGivenByPasswordAndByRefreshToken() async throws {
        let tokens = TokenService { $0.users = ["writer": "secret"] }
        let configuration = RegistryFeatures {
            $0.authentication = .bearer(tokens)
            $0.tokenService = tokens
        }
        try await exchange(configuration) { registry, client in
            let challenge = try await client.send(.post, "/v2/app/blobs/uploads/").fields["www-authenticate"]
            let scope = "repository:app:pull,push"
            #expect(
                challenge == "Bearer realm=\"\(registry.url)/token\",service=\"simulator\",scope=\"\(scope)\"")
            let rest = "service=simulator&client_id=test&scope=\(scope)"
            for grant in [
                "grant_type=password&username=writer&password=secret&access_type=offline",
                "grant_type=refresh_token&refresh_token=\(tokens.refreshToken(for: "writer"))",
            ] {
                let answer = try await client.send(.post, "/token", body: Array("\(grant)&\(rest)".utf8))
                let token = try JSONDocument(parsing: answer.body).root["access_token"]?.string ?? ""
                let bearer: HTTPFields = ["authorization": "Bearer \(token)"]
                #expect(try await client.send(.post, "/v2/app/blobs/uploads/", bearer).status == 202)
                #expect(try await client.send(.post, "/v2/other/blobs/uploads/", bearer).status == 401)
                tokens.revokeTokens()
                let revoked = try await client.send(.post, "/v2/app/blobs/uploads/", bearer)
                #expect(revoked.fields["www-authenticate"]?.hasSuffix(",error=\"invalid_token\"") == true)
            }
            let wrong = "grant_type=password&username=writer&password=wrong&\(rest)"
            #expect(try await client.send(.post, "/token", body: Array(wrong.utf8)).status == 401)
        }
    }
}

/// Speaks to one registry.
struct Client: Sendable {
    let transport: HTTPTransport
    let url: String

    func get(_ path: String, limit: Int = 1 << 20, deadline: Duration = .seconds(5)) async throws -> HTTPResponse {
        try await send(.get, path, limit: limit, deadline: deadline)
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ fields: HTTPFields = [:], body: [UInt8] = [],
        limit: Int = 1 << 20, deadline: Duration = .seconds(5)
    ) async throws -> HTTPResponse {
        try await transport.send(
            HTTPRequest(
                method, try WebURL(parsing: url + path), fields: fields, body: body, limit: limit, deadline: deadline,
                addresses: .any))
    }
}

/// Runs a registry and a client of it.
func exchange(
    _ configuration: RegistryFeatures = RegistryFeatures(),
    _ body: (SimulatedRegistry, Client) async throws -> Void
) async throws {
    try await SimulatedRegistry.with(configuration) { registry in
        let transport = try HTTPTransport()
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(registry, Client(transport: transport, url: registry.url)))
        } catch {
            result = .failure(error)
        }
        await transport.shutdown()
        try result.get()
    }
}

private func digests(_ index: [UInt8]) throws -> [String] {
    try JSONDocument(parsing: index).root["manifests"]?.array?.compactMap { $0["digest"]?.string } ?? []
}
