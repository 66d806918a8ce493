public import Content
public import Findings
public import OCI

/// An image whose top document is pinned by digest and whose platform manifests were read and agree with their index.
///
/// Made only by ``resolve(from:limits:)``; from here on no name and no tag is looked up again.
public struct ResolvedImage: Sendable {
    public let document: ImageDocument
    /// The tag by which the source found the image, if by one.
    public internal(set) var tag: String?
    /// The runnable images: the children of an index, or the image itself.
    public let platforms: [ResolvedPlatform]
    /// BuildKit's attestation manifests among the children, each with the sibling that it says it speaks of.
    public let attestationManifests: [AttestationManifest]

    public var digest: Digest { document.digest }
    public var isIndex: Bool {
        if case .index = document { true } else { false }
    }
    /// Everything that evidence about this image may name, each once: its own digest, then those of its platforms.
    public let digests: [Digest]
    /// What the decision has spent of the bytes that it may read, once the image was resolved.
    let budget: ByteBudget

    /// Digests of the ``attestationManifests`` that hold statements, each once.
    let holdersOfStatements: [Digest]

    fileprivate init(
        document: ImageDocument, tag: String?, platforms: [ResolvedPlatform], attestations: [AttestationManifest],
        budget: ByteBudget
    ) {
        self.document = document
        self.tag = tag
        self.platforms = platforms
        self.attestationManifests = attestations
        self.budget = budget
        var seen: Set<Digest> = []
        digests = ([document.digest] + platforms.map(\.manifest.content.digest)).filter { seen.insert($0).inserted }
        holdersOfStatements = attestations.filter { $0.manifest.layers.contains { $0.mediaType == .inToto } }
            .map(\.manifest.content.digest).filter { seen.insert($0).inserted }
    }
}

/// One runnable image, pinned.
public struct ResolvedPlatform: Sendable {
    /// What the index says; nil for an image that stands alone.
    public let listed: Platform?
    public let manifest: ImageManifest
}

/// A manifest inside the index that holds unsigned statements about one of its siblings.
public struct AttestationManifest: Sendable {
    public let about: Digest
    public let manifest: ImageManifest
}

extension ResolvedImage {
    /// Resolves once and reads every platform's manifest.
    ///
    /// - Returns: the image, or the finding why there is none: bytes that contradict themselves or their digest reject,
    ///   bytes that cannot be had leave the decision undecided.
    public static func resolve(from source: any ContentSource, limits: AdmissionLimits) async -> Result<
        ResolvedImage, UnresolvedImage
    > {
        do {
            var budget = ByteBudget(limit: limits.totalBytes)
            return .success(try await resolveThrowing(from: source, limits: limits, budget: &budget))
        } catch {
            return .failure(error)
        }
    }

    /// The same under what is left of a decision's budget; what was read counts also where this fails.
    static func resolve(
        from source: any ContentSource, limits: AdmissionLimits, budget: inout ByteBudget
    ) async -> Result<ResolvedImage, UnresolvedImage> {
        do {
            return .success(try await resolveThrowing(from: source, limits: limits, budget: &budget))
        } catch {
            return .failure(error)
        }
    }

    private static func resolveThrowing(
        from source: any ContentSource, limits: AdmissionLimits, budget: inout ByteBudget
    ) async throws(UnresolvedImage) -> ResolvedImage {
        let found: ResolvedContent
        do {
            found = try await source.pinnedImage(limits: limits)
            try budget.spend(found.content.bytes.count)
        } catch {
            throw UnresolvedImage(error, digest: nil)
        }
        let document = try parse(found.content, declared: found.descriptor.mediaType, limits: limits, top: nil)
        guard case .index(let index) = document else {
            guard case .manifest(let manifest) = document else {
                throw UnresolvedImage(
                    Finding(.pipelineInternal, "a document is neither manifest nor index"), digest: nil)
            }
            return ResolvedImage(
                document: document, tag: found.tag, platforms: [ResolvedPlatform(listed: nil, manifest: manifest)],
                attestations: [], budget: budget)
        }
        guard index.manifests.count <= limits.indexEntries else {
            throw UnresolvedImage(
                Finding(
                    .limitIndexEntries, "the index lists \(index.manifests.count) entries",
                    expected: "at most \(limits.indexEntries)", found: "\(index.manifests.count)"),
                digest: document.digest)
        }
        return try await resolveChildren(
            of: index, document, tag: found.tag, source: source, limits: limits, budget: &budget)
    }

    private static func resolveChildren(
        of index: ImageIndex, _ document: ImageDocument, tag: String?, source: any ContentSource,
        limits: AdmissionLimits, budget: inout ByteBudget
    ) async throws(UnresolvedImage) -> ResolvedImage {
        var platforms: [ResolvedPlatform] = []
        var attestations: [AttestationManifest] = []
        // By the whole entry: one manifest may be listed for several siblings.
        let about = Dictionary(
            index.buildKitAttestations.map { ($0.manifest, $0.subject.digest) }, uniquingKeysWith: { first, _ in first }
        )
        for entry in index.manifests {
            if entry.mediaType == .ociIndex || entry.mediaType == .dockerManifestList {
                throw UnresolvedImage(
                    Finding(.limitIndexDepth, "the index lists the index \(entry.digest)"), digest: document.digest)
            }
            let child = try await childManifest(
                entry, of: document.digest, source: source, limits: limits, budget: &budget)
            // Skipped only if its platform is unknown/unknown *and* its content is no runnable image.
            if entry.platform?.isUnknown == true,
                !(await isRunnable(child, source: source, limits: limits, budget: &budget))
            {
                if let about = about[entry] {
                    attestations.append(AttestationManifest(about: about, manifest: child))
                }
            } else {
                platforms.append(ResolvedPlatform(listed: entry.platform, manifest: child))
            }
        }
        guard !platforms.isEmpty else {
            throw UnresolvedImage(
                Finding(.imageNothingRunnable, "none of the \(index.manifests.count) entries is a runnable image"),
                digest: document.digest)
        }
        return ResolvedImage(
            document: document, tag: tag, platforms: platforms, attestations: attestations, budget: budget)
    }

    /// In doubt it is runnable: a configuration that cannot be read hides nothing from the rules.
    private static func isRunnable(
        _ manifest: ImageManifest, source: any ContentSource, limits: AdmissionLimits, budget: inout ByteBudget
    ) async -> Bool {
        guard manifest.isRunnable(configuration: nil) else { return false }
        guard
            let content = try? await source.pinned(
                manifest.config, limit: limits.configurationBytes, tooLarge: .limitConfigurationBytes),
            (try? budget.spend(content.bytes.count)) != nil
        else { return true }
        return manifest.isRunnable(
            configuration: try? ImageConfiguration(parsing: content, jsonDepth: limits.jsonDepth))
    }

    private static func childManifest(
        _ entry: Descriptor, of top: Digest, source: any ContentSource, limits: AdmissionLimits,
        budget: inout ByteBudget
    ) async throws(UnresolvedImage) -> ImageManifest {
        let content: VerifiedContent
        do {
            content = try await source.pinned(entry, limit: limits.manifestBytes, tooLarge: .limitManifestBytes)
            try budget.spend(content.bytes.count)
        } catch {
            guard error.code.effect == .undecided, error.code.rank != .limit else {
                throw UnresolvedImage(error, digest: top)
            }
            throw UnresolvedImage(
                Finding(.imageChildUnavailable, "manifest \(entry.digest) cannot be had: \(error.message)"), digest: top
            )
        }
        guard case .manifest(let child) = try parse(content, declared: entry.mediaType, limits: limits, top: top) else {
            throw UnresolvedImage(Finding(.limitIndexDepth, "the index lists the index \(entry.digest)"), digest: top)
        }
        return child
    }

    private static func parse(
        _ content: VerifiedContent, declared: MediaType?, limits: AdmissionLimits, top: Digest?
    ) throws(UnresolvedImage) -> ImageDocument {
        do {
            return try ImageDocument(parsing: content, declared: declared, jsonDepth: limits.jsonDepth)
        } catch {
            throw UnresolvedImage(
                Finding(error.code, error.message, evidence: content.digest.description), digest: top ?? content.digest)
        }
    }
}

// A name with a digest (`--as registry/repository@sha256:…`) names one image only.
extension ResolvedImage {
    /// Whether this is the digest of the image's bytes, in whichever algorithm it is given.
    func isNamed(by digest: Digest) -> Bool {
        digest == self.digest || digest == Digest(of: document.content.bytes, using: digest.algorithm)
    }

    /// Digests of the same bytes in the algorithms by which they were not found: the image's and its platforms'.
    var otherDigests: [Digest] {
        ([document.content] + platforms.map(\.manifest.content)).flatMap { content in
            Digest.Algorithm.registered.filter { $0 != content.digest.algorithm }
                .map { Digest(of: content.bytes, using: $0) }
        }
    }

    func mismatch(with named: Digest) -> UnresolvedImage {
        UnresolvedImage(
            Finding(
                .contentWrongDigest, "the stated name is of another digest than the image has",
                expected: named.description, found: digest.description),
            digest: digest)
    }
}

/// Why there is no image to judge, and its digest as far as that is known.
public struct UnresolvedImage: Error, Sendable {
    public let finding: Finding
    public let digest: Digest?
    /// Bytes that were read before, where the decision goes on without it: of a base image.
    var spent = 0

    init(_ finding: Finding, digest: Digest?) {
        self.finding = finding
        self.digest = digest
    }

    init(_ error: ContentSourceError, digest: Digest?) {
        self.init(Finding(error.code, error.message), digest: digest)
    }
}
