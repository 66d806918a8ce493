import Content
import Foundation
import OCI
import PKI
import Signing
import Simulators
import StrictEncoding

/// What the cases share: keys, a clock, and the images that are built and signed.
struct World {
    static let clock = "2026-11-20T12:00:00Z"
    static let builder = "https://github.com/example/pipelines/.github/workflows/build.yml@refs/tags/v3"
    static let source = "https://github.com/example/ledger"

    let keys: TestKeys
    static let linuxAMD64 = Platform(os: "linux", architecture: "amd64")
    static let linuxARM64 = Platform(os: "linux", architecture: "arm64", variant: "v8")

    // MARK: Layers and images

    static func baseLayers(_ platform: Platform, of base: String) -> [[UInt8]] {
        [
            LayoutBuilder.tar("etc/os-release", "ID=\(base) for \(platform)\n"),
            LayoutBuilder.tar("usr/lib/libc.so", "library of \(base) for \(platform)\n"),
        ]
    }

    /// Stores a single-platform image of these layers.
    static func image(
        in layout: inout LayoutBuilder, platform: Platform, layers: [[UInt8]], user: String = "10001",
        labels: Annotations = ["org.opencontainers.image.source": World.source]
    ) -> Descriptor {
        let descriptors = layers.map { layout.store($0, as: "application/vnd.oci.image.layer.v1.tar") }
        let config = layout.store(
            ImageConfiguration.configurationBytes(
                platform: platform, user: user, labels: labels, diffIDs: descriptors.map(\.digest)),
            as: .ociConfiguration)
        var manifest = layout.store(
            ImageManifest.imageBytes(config: config, layers: descriptors), as: .ociManifest)
        manifest.platform = platform
        return manifest
    }

    /// Stores an index of images for both platforms, on a base.
    static func index(
        in layout: inout LayoutBuilder, on base: String? = "debian", platforms: [Platform] = [linuxAMD64, linuxARM64],
        user: String = "10001"
    ) -> (index: Descriptor, children: [Descriptor]) {
        let children = platforms.map { platform in
            image(
                in: &layout, platform: platform,
                layers: (base.map { baseLayers(platform, of: $0) } ?? [])
                    + [LayoutBuilder.tar("app/ledger", "program for \(platform)\n")],
                user: user)
        }
        let index = layout.store(ImageIndex.indexBytes(manifests: children), as: .ociIndex)
        return (index, children)
    }

    /// The digest of a base image's index, the same in every run: policies name it.
    static func base(_ name: String, in layout: inout LayoutBuilder) -> Descriptor {
        let children = [linuxAMD64, linuxARM64].map {
            image(in: &layout, platform: $0, layers: baseLayers($0, of: name), user: "", labels: [:])
        }
        return layout.store(ImageIndex.indexBytes(manifests: children), as: .ociIndex)
    }

    static func baseDigest(_ name: String) -> Digest {
        var layout = LayoutBuilder()
        return base(name, in: &layout).digest
    }

    // MARK: Evidence

    func statement(
        about digests: [Digest], type: String, predicate: JSONTree?, version: String = "https://in-toto.io/Statement/v1"
    ) -> [UInt8] {
        JSONTree(members: [
            "_type": .string(version),
            "subject": .array(
                digests.map { digest in
                    [
                        "name": "registry.example/apps/ledger",
                        "digest": .object([ExactString(digest.algorithm.rawValue): .string(digest.hex)]),
                    ]
                }),
            "predicateType": .string(type),
            "predicate": predicate,
        ]).canonicalBytes()
    }

    func signatureStatement(_ digest: Digest) -> [UInt8] {
        statement(about: [digest], type: StatementMaking.imageSignatureType, predicate: nil)
    }

    func envelope(_ payload: [UInt8], by keys: [String], type: String = "application/vnd.in-toto+json") -> [UInt8] {
        guard
            let envelope = try? DSSESigner.envelope(
                payload: payload, payloadType: type, keys: keys.map { self.keys[$0] })
        else { preconditionFailure("no envelope was made") }
        return envelope
    }

    func bundle(_ payload: [UInt8], by key: String) -> [UInt8] {
        guard
            let envelope = try? DSSESigner.sign(
                payload: payload, payloadType: "application/vnd.in-toto+json", keys: [keys[key]]),
            let bundle = try? SigstoreBundle03.make(
                envelope: envelope, publicKeyHint: SigstoreBundle03.hint(for: keys[key].publicKey))
        else { preconditionFailure("no bundle was made") }
        return bundle
    }

    /// Lists a referrer that holds a bundle, as cosign 3 writes it.
    @discardableResult
    func attach(
        bundle: [UInt8], type: String = StatementMaking.imageSignatureType, to subject: Descriptor,
        in layout: inout LayoutBuilder
    ) -> EvidenceArtifact {
        var bare = subject
        bare.platform = nil
        let artifact = EvidenceArtifact.referrer(bundle: bundle, predicateType: type, subject: bare)
        for blob in artifact.blobs { layout.store(blob.bytes, as: .ociEmpty) }
        layout.store(artifact.manifest.bytes, as: .ociManifest)
        layout.list(artifact.descriptor)
        return artifact
    }

    func sign(_ subject: Descriptor, by key: String, in layout: inout LayoutBuilder) {
        attach(bundle: bundle(signatureStatement(subject.digest), by: key), to: subject, in: &layout)
    }

    /// - Parameter stamp: of the signature, when it is to have one.
    func attest(
        _ predicate: JSONTree, type: String, about subject: Descriptor, by key: String, in layout: inout LayoutBuilder,
        stamp: TimeStamp? = nil
    ) {
        let bundle = bundle(statement(about: [subject.digest], type: type, predicate: predicate), by: key)
        attach(bundle: stamp?.adding(to: bundle) ?? bundle, type: type, to: subject, in: &layout)
    }
}

/// A timestamp of RFC 3161, by an authority that signs for real.
struct TimeStamp {
    let clock: SimulatedTSA
    let time: String

    /// The trusted root by which it is believed.
    var root: [UInt8] { RootFile(clocks: [.init(clock)]).json.prettyBytes() }

    /// The bundle with a timestamp of its signature.
    func adding(to bundle: [UInt8]) -> [UInt8] {
        guard let document = try? JSONDocument(parsing: bundle), case .object(var members)? = JSONTree(document.root),
            case .object(var material)? = members["verificationMaterial"],
            let signature = document.root["dsseEnvelope"]?["signatures"]?.array?.first?["sig"]?.string,
            let bytes = try? Base64.decode(signature), let instant = Instant(rfc3339: time)
        else { preconditionFailure("no bundle of an envelope") }
        var answer = clock.answer(to: bytes)
        answer.time = instant
        guard let token = try? answer.encoded() else { preconditionFailure("no timestamp was made") }
        material["timestampVerificationData"] = [
            "rfc3161Timestamps": [["signedTimestamp": .string(Base64.encode(token))]]
        ]
        members["verificationMaterial"] = .object(material)
        return JSONTree.object(members).canonicalBytes()
    }
}

/// Provenance predicates.
enum Predicate {
    static let provenance1 = "https://slsa.dev/provenance/v1"
    static let provenance02 = "https://slsa.dev/provenance/v0.2"

    /// SLSA 1 in BuildKit's form, with the base image among the materials.
    static func buildKit(
        builder: String = World.builder, source: String = World.source, ref: String = "refs/tags/v1.4.0",
        materials: [(uri: String, digest: Digest)], arguments: [String: String] = [:],
        finished: String? = "2026-11-20T10:00:00Z", invocation: String? = nil
    ) -> JSONTree {
        let commit = "9a1efed3fa8b23d949531b80fbc013ace249ff76"
        let dependencies: [JSONTree] =
            [["uri": .string("\(source).git#\(ref)"), "digest": ["sha1": .string(commit)]]]
            + materials.map { ["uri": .string($0.uri), "digest": ["sha256": .string($0.digest.hex)]] }
        return [
            "buildDefinition": [
                "buildType": "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
                "externalParameters": [
                    "configSource": [
                        "uri": .string("\(source).git#\(ref)"), "digest": ["sha1": .string(commit)],
                        "path": "Dockerfile",
                    ],
                    "request": JSONTree(members: [
                        "frontend": "dockerfile.v0",
                        "args": arguments.isEmpty
                            ? nil
                            : .object(
                                Dictionary(
                                    uniqueKeysWithValues: arguments.map { (ExactString($0.key), .string($0.value)) })),
                    ]),
                ],
                "internalParameters": ["builderPlatform": "linux/amd64"],
                "resolvedDependencies": .array(dependencies),
            ],
            "runDetails": [
                "builder": ["id": .string(builder)],
                "metadata": JSONTree(members: [
                    "invocationId": .string(invocation ?? "4f0c7c7e"), "startedOn": "2026-11-20T09:58:00Z",
                    "finishedOn": finished.map(JSONTree.string),
                ]),
            ],
        ]
    }

    /// SLSA 1 as GitHub's attest action writes it.
    static func gitHub(
        ref: String = "refs/heads/main", repository: String = World.source, commitURI: String? = nil,
        builder: String = World.builder, file: String = "release.yml"
    ) -> JSONTree {
        [
            "buildDefinition": [
                "buildType": "https://actions.github.io/buildtypes/workflow/v1",
                "externalParameters": [
                    "workflow": [
                        "ref": .string(ref), "repository": .string(repository),
                        "path": .string(".github/workflows/" + file),
                    ]
                ],
                "internalParameters": ["github": ["event_name": "push", "runner_environment": "github-hosted"]],
                "resolvedDependencies": [
                    [
                        "uri": .string(commitURI ?? "git+\(repository)@\(ref)"),
                        "digest": ["gitCommit": "9a1efed3fa8b23d949531b80fbc013ace249ff76"],
                    ]
                ],
            ],
            "runDetails": [
                "builder": ["id": .string(builder)],
                "metadata": ["invocationId": "https://github.com/example/ledger/actions/runs/1/attempts/1"],
            ],
        ]
    }
}
