import Attestation
public import Content
public import Findings
public import OCI
import Sigstore
public import StrictEncoding
import TransparencyLog

/// What an image is and what lies with it, as the bytes claim. Nothing here was verified, so nothing here may decide.
public struct ImageInspection: Sendable {
    public let digest: Digest
    public let mediaType: MediaType
    public let tag: String?
    public let platforms: [Platform]
    public let papers: [Paper]
    /// What was listed with the image and could not be read as evidence.
    public let refused: [RefusedEvidence]
    /// What stopped the reading, if anything did.
    public let findings: [Finding]

    /// One runnable image.
    public struct Platform: Sendable {
        public let digest: Digest
        public let platform: OCI.Platform?
        public let layers: Int
        public let configuration: Result<ImageConfiguration, UnreadConfiguration>
        /// What the manifest's annotations claim as the base image.
        public let claimedBase: (name: String?, digest: String?)
    }

    /// Why a configuration is not there.
    public struct UnreadConfiguration: Error, Sendable {
        public let finding: Finding
    }

    /// One paper: what it says of itself.
    public struct Paper: Sendable {
        public let evidence: Digest
        public let origin: CollectedItem.Origin
        /// `predicateType`, `simple signing`, or the payload type.
        public let claims: String
        /// Hints at signers, which anybody can write; `certificate` for keyless evidence.
        public let claimedSigners: [String]
        /// Whether a subject names the image or one of its platforms.
        public let namesImage: Bool
    }

    public static func inspect(
        _ source: any ContentSource, supplied: [SuppliedEvidence], limits: AdmissionLimits
    ) async -> Result<ImageInspection, UnresolvedImage> {
        let image: ResolvedImage
        switch await ResolvedImage.resolve(from: source, limits: limits) {
        case .success(let resolved): image = resolved
        case .failure(let unresolved): return .failure(unresolved)
        }
        let collected = await EvidenceCollector.collect(
            about: .image(image, from: source), supplied: supplied, limits: limits)
        var platforms: [Platform] = []
        for platform in image.platforms {
            platforms.append(await inspect(platform, source, limits))
        }
        return .success(
            ImageInspection(
                digest: image.digest, mediaType: image.document.mediaType, tag: image.tag, platforms: platforms,
                papers: collected.items.map { paper($0, image) }, refused: collected.refused,
                findings: collected.findings))
    }

    private static func inspect(
        _ platform: ResolvedPlatform, _ source: any ContentSource, _ limits: AdmissionLimits
    ) async -> Platform {
        let annotations = platform.manifest.annotations
        let configuration: Result<ImageConfiguration, UnreadConfiguration>
        do throws(ContentSourceError) {
            let content = try await source.pinned(
                platform.manifest.config, limit: limits.configurationBytes, tooLarge: .limitConfigurationBytes)
            do throws(ImageFormatError) {
                configuration = .success(try ImageConfiguration(parsing: content, jsonDepth: limits.jsonDepth))
            } catch {
                configuration = .failure(UnreadConfiguration(finding: Finding(error.code, error.message)))
            }
        } catch {
            configuration = .failure(UnreadConfiguration(finding: Finding(error.code, error.message)))
        }
        return Platform(
            digest: platform.manifest.content.digest, platform: platform.listed, layers: platform.manifest.layers.count,
            configuration: configuration,
            claimedBase: (
                annotations["org.opencontainers.image.base.name"], annotations["org.opencontainers.image.base.digest"]
            ))
    }

    private static func paper(_ item: CollectedItem, _ image: ResolvedImage) -> Paper {
        switch item.form {
        case .unsignedStatement(let bytes, _, _):
            let statement = try? Statement(parsing: bytes)
            return Paper(
                evidence: item.evidence, origin: item.origin,
                claims: statement.map { $0.predicateType.value } ?? "malformed statement", claimedSigners: ["unsigned"],
                namesImage: statement.map { names($0, image) } ?? false)
        case .signed(let signed):
            var signers: [String] = []
            switch signed.material {
            case .certificates: signers = ["certificate"]
            case .publicKeyHint(let hint) where !hint.utf8.isEmpty: signers = ["key hint " + hint.value]
            case .publicKeyHint, .none: break
            }
            switch signed.content {
            case .simpleSigning(let payload, _):
                let parsed = try? SimpleSigningPayload(parsing: payload)
                return Paper(
                    evidence: item.evidence, origin: item.origin,
                    claims: "simple signing" + (parsed.map { " of " + $0.dockerReference.value } ?? ", malformed"),
                    claimedSigners: signers,
                    namesImage: parsed.map { image.digests.contains($0.manifestDigest) } ?? false)
            case .message(let claimed, _):
                let hash = claimed.map { $0.algorithm.rawValue + ":" + Hex.encode($0.bytes) }
                return Paper(
                    evidence: item.evidence, origin: item.origin, claims: "signature of " + (hash ?? "an artifact"),
                    claimedSigners: signers,
                    namesImage: image.digests.contains { digest in
                        hash.map { ExactString($0) == ExactString(digest.description) } ?? false
                    })
            case .dsse(let envelope):
                signers += envelope.signatures.compactMap { $0.keyID.map { "keyid " + $0.value } }
                let statement =
                    envelope.payloadType == Statement.payloadType ? try? Statement(parsing: envelope.payload) : nil
                return Paper(
                    evidence: item.evidence, origin: item.origin,
                    claims: statement.map { $0.predicateType.value } ?? envelope.payloadType.value,
                    claimedSigners: signers, namesImage: statement.map { names($0, image) } ?? false)
            }
        }
    }

    private static func names(_ statement: Statement, _ image: ResolvedImage) -> Bool {
        image.digests.contains { statement.names($0) }
    }
}

extension ImageInspection {
    /// For programs. The member `verified` is always false: nothing was.
    public var json: JSONTree {
        JSONTree(members: [
            "verified": false,
            "digest": .string(digest.description),
            "mediaType": .string(mediaType.description),
            "tag": tag.map(JSONTree.string),
            "platforms": .array(platforms.map(\.json)),
            "papers": .array(
                papers.map {
                    [
                        "evidence": .string($0.evidence.description), "origin": .string($0.origin.rawValue),
                        "claims": .string($0.claims), "claimedSigners": JSONTree(strings: $0.claimedSigners),
                        "namesImage": .bool($0.namesImage),
                    ]
                }),
            "refused": .array(
                refused.map {
                    JSONTree(members: [
                        "evidence": $0.evidence.map { .string($0.description) }, "origin": .string($0.origin.rawValue),
                        "code": .string($0.finding.code.name), "message": .string($0.finding.message),
                    ])
                }),
            "findings": .array(
                findings.map { ["code": .string($0.code.name), "message": .string($0.message)] }),
        ])
    }
}

extension ImageInspection.Platform {
    fileprivate var json: JSONTree {
        var members: [ExactString: JSONTree] = [
            "digest": .string(digest.description), "layers": .integer(Int64(layers)),
        ]
        if let platform { members["platform"] = .string(platform.description) }
        if let name = claimedBase.name { members["claimedBaseName"] = .string(name) }
        if let digest = claimedBase.digest { members["claimedBaseDigest"] = .string(digest) }
        switch configuration {
        case .success(let read):
            members["configuration"] = JSONTree(members: [
                "platform": .string(read.platform.description),
                "user": .string(read.user),
                "created": read.created.map(JSONTree.string),
                "labels": .object(
                    Dictionary(
                        read.labels.map { (ExactString($0.name), JSONTree.string($0.text)) },
                        uniquingKeysWith: { first, _ in first })),
            ])
        case .failure(let unread): members["unread"] = .string(unread.finding.message)
        }
        return .object(members)
    }
}
