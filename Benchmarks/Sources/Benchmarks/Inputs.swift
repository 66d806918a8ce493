import Landwaiter

/// Made anew at every run, from a seed where randomness is wanted.
struct Inputs {
    let key: PrivateKey
    let image = Digest(of: Array("subject image manifest".utf8))

    init() throws { key = try PrivateKey.generate(.ecdsaP256) }

    /// A provenance statement of about this many bytes.
    func statement(_ size: Int) -> [UInt8] { statement(size, about: image) }

    /// - Parameter base: an image among the materials.
    func statement(_ size: Int, about digest: Digest, base: Digest? = nil) -> [UInt8] {
        var dependencies: [JSONTree] = [
            [
                "uri": "git+https://git.example/team/app@refs/heads/main",
                "digest": ["gitCommit": "9a1efed3fa8b23d949531b80fbc013ace249ff76"],
            ]
        ]
        if let base {
            dependencies.append([
                "uri": "pkg:docker/registry.example/base/debian@12", "digest": ["sha256": .string(base.hex)],
            ])
        }
        func made() -> [UInt8] {
            let tree: JSONTree = [
                "_type": "https://in-toto.io/Statement/v1",
                "subject": [["name": "registry.example/app", "digest": ["sha256": .string(digest.hex)]]],
                "predicateType": "https://slsa.dev/provenance/v1",
                "predicate": [
                    "buildDefinition": [
                        "buildType": "https://actions.github.io/buildtypes/workflow/v1",
                        "externalParameters": [
                            "workflow": [
                                "repository": "https://git.example/team/app", "ref": "refs/heads/main",
                                "path": ".github/workflows/build.yml",
                            ]
                        ],
                        "internalParameters": ["runner": "linux-amd64", "attempt": 1],
                        "resolvedDependencies": .array(dependencies),
                    ],
                    "runDetails": [
                        "builder": ["id": "https://ci.example/builders/linux@v1"],
                        "metadata": [
                            "invocationId": "https://ci.example/runs/8812", "startedOn": "2026-11-01T10:00:00Z",
                            "finishedOn": "2026-11-01T10:03:12Z",
                        ],
                    ],
                ],
            ]
            return tree.canonicalBytes()
        }
        var bytes = made()
        while bytes.count < size {
            for _ in 0..<max(1, (size - bytes.count) / 170) {
                let number = dependencies.count
                dependencies.append([
                    "uri": .string("pkg:deb/debian/lib-\(number)@1.\(number % 30).0?arch=amd64&distro=bookworm"),
                    "digest": ["sha256": .string(Digest(of: Array("lib \(number)".utf8)).hex)],
                ])
            }
            bytes = made()
        }
        return bytes
    }

    func envelope(_ statement: [UInt8]) throws -> [UInt8] {
        try DSSESigner.envelope(payload: statement, payloadType: "application/vnd.in-toto+json", keys: [key])
    }

    /// A document in CycloneDX's shape, with escapes and other than ASCII in it.
    static func cycloneDX(_ size: Int) -> [UInt8] {
        var out = Array(#"{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"components":["#.utf8)
        out.reserveCapacity(size + 2_000)
        var number = 0
        while out.count < size {
            if number > 0 { out.append(UInt8(ascii: ",")) }
            let hash = Digest(of: Array("component \(number)".utf8)).hex
            out += Array(
                """
                {"bom-ref":"pkg:npm/package-\(number)@1.\(number % 40).2?package-id=\(hash.prefix(16))","type":"library",\
                "group":"example.npm","name":"package-\(number)","version":"1.\(number % 40).2","description":"Sample \
                package \(number) \u{2014} \\"quoted\\", with a \\\\ and a line\\nbreak","hashes":[{"alg":"SHA-256",\
                "content":"\(hash)"}],"licenses":[{"license":{"id":"Apache-2.0"}}],"cpe":"cpe:2.3:a:package:\(number):*:*:*\
                :*:*:*:*","purl":"pkg:npm/package-\(number)@1.\(number % 40).2","externalReferences":[{"type":"distribution",\
                "url":"https://registry.example/npm/package-\(number).tgz"},{"type":"vcs","url":"https://git.example/\(number)"}],\
                "properties":[{"name":"example:package:type","value":"npm"},{"name":"example:location:0:path","value":\
                "/usr/lib/npm/package-\(number)/package.json"}]}
                """.utf8)
            number += 1
        }
        return out + Array("]}".utf8)
    }

    /// A set of this many policies, each for a namespace of its own.
    func policies(_ count: Int) throws -> PolicySet {
        let key = Array(self.key.publicKey.pem.utf8)
        let files = (0..<count).map { number in
            PolicyFile(
                path: "\(number).yaml",
                bytes: Array(
                    """
                    apiVersion: landwaiter.dev/v1
                    kind: AdmissionPolicy
                    metadata: {name: team-\(number), owner: team-\(number)}
                    spec:
                      enforcement: {stage: enforce}
                      scope: {namespaces: [team-\(number)], images: ["registry.example/team-\(number)/**"]}
                      signers: {team: {key: {file: key.pub}}}
                      require:
                        - {id: signed, on: image, signature: {by: {atLeast: 1, of: [team]}}}
                        - id: built
                          on: each-platform
                          provenance:
                            by: {atLeast: 1, of: [team]}
                            match: any
                            builder: ["https://ci.example/builders/*"]
                            source: {repository: ["https://git.example/team/*"], ref: ["refs/heads/main"]}

                    """.utf8))
        }
        return try PolicySet.load([PolicySource(name: "bench", files: files) { _ in .success(key) }])
    }
}

/// An image and its papers in memory.
struct MemorySource: ContentSource {
    let transport = "oci"
    var top: Descriptor
    var blobs: [Digest: [UInt8]] = [:]
    var referrers: [Descriptor] = []

    func resolve(limits: ContentLimits) async throws(ContentSourceError) -> ResolvedContent {
        ResolvedContent(descriptor: top, content: try await fetch(top, limit: limits.manifestBytes), tag: "v1")
    }

    func fetch(_ descriptor: Descriptor, limit: Int) async throws(ContentSourceError) -> VerifiedContent {
        try await content(descriptor.digest, size: descriptor.size)
    }

    func manifest(_ digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> VerifiedContent {
        try await content(digest, size: nil)
    }

    func papers(of digest: Digest, limits: ContentLimits) async throws(ContentSourceError) -> Papers {
        Papers(found: digest == top.digest ? referrers.map { Paper(tie: .referrer, descriptor: $0) } : [])
    }

    func looseSignatures(limits: ContentLimits) async throws(ContentSourceError) -> [LooseSignature] { [] }

    private func content(_ digest: Digest, size: Int?) async throws(ContentSourceError) -> VerifiedContent {
        guard let bytes = blobs[digest] else { throw ContentSourceError(.imageNotFound, "no content \(digest)") }
        do {
            return try VerifiedContent(bytes, digest: digest, size: size)
        } catch {
            throw ContentSourceError(error.code, error.message)
        }
    }
}
