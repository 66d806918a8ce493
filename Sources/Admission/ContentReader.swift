import AdmissionPolicy
import Content
import Findings
import OCI

/// Reads what rules ask of the image beyond its papers: configurations, and the layers of approved base images.
struct ContentReader {
    /// Of the image.
    let source: any ContentSource
    /// Where base images may lie besides.
    let baseSources: [any ContentSource]
    let image: ResolvedImage
    let limits: AdmissionLimits
    var budget: ByteBudget

    /// The runnable images, with their configurations if a rule needs them.
    mutating func platforms(readingConfigurations: Bool) async -> [PlatformFacts] {
        var facts: [PlatformFacts] = []
        for platform in image.platforms {
            let configuration: Result<ImageConfiguration, UnreadContent>? =
                readingConfigurations ? await self.configuration(of: platform) : nil
            var stated = platform.listed
            if case .success(let read) = configuration { stated = read.platform }
            facts.append(
                PlatformFacts(
                    digest: platform.manifest.content.digest, platform: stated, configuration: configuration))
        }
        return facts
    }

    private mutating func configuration(of platform: ResolvedPlatform) async -> Result<
        ImageConfiguration, UnreadContent
    > {
        let read = await configuration(of: platform.manifest, from: [source])
        guard case .success(let configuration) = read, let listed = platform.listed else { return read }
        guard listed.isSatisfied(by: configuration.platform) else {
            return .failure(
                UnreadContent(
                    Finding(
                        .imageConfigurationMismatch, "the index and the configuration name different platforms",
                        expected: Finding.quoted(listed.description),
                        found: Finding.quoted(configuration.platform.description),
                        evidence: configuration.content.digest.description)))
        }
        return read
    }

    private mutating func configuration(
        of manifest: ImageManifest, from sources: [any ContentSource]
    ) async -> Result<ImageConfiguration, UnreadContent> {
        let content: VerifiedContent
        switch await fetch(manifest.config, from: sources, limit: limits.configurationBytes) {
        case .success(let fetched): content = fetched
        case .failure(let unread): return .failure(unread)
        }
        do throws(ImageFormatError) {
            let configuration = try ImageConfiguration(parsing: content, jsonDepth: limits.jsonDepth)
            if let error = configuration.contradiction(with: manifest) { throw error }
            return .success(configuration)
        } catch {
            return .failure(
                UnreadContent(Finding(error.code, error.message, evidence: content.digest.description)))
        }
    }

    // MARK: Base images

    /// Reads each base by digest, from the image's own source or from those that the request gives.
    mutating func bases(_ wanted: [BaseImageNeed]) async -> [Digest: BaseImageFacts] {
        var facts: [Digest: BaseImageFacts] = [:]
        let sources = [source] + baseSources
        for need in wanted where facts[need.digest] == nil {
            switch await base(need.digest, from: sources) {
            case .success(let platforms): facts[need.digest] = .read(platforms)
            case .failure(let unread): facts[need.digest] = .unread(Self.unread(need, unread.finding))
            }
        }
        return facts
    }

    /// What could not be had is told as what it is to a reader: an approved base that nobody gave. A budget that was
    /// passed is told as that.
    static func unread(_ need: BaseImageNeed, _ finding: Finding) -> UnreadContent {
        guard finding.code.effect == .undecided, finding.code.rank != .limit else { return UnreadContent(finding) }
        return UnreadContent(
            Finding(
                .baseImageUnread,
                "base image \(Finding.quoted(need.repository + "@" + need.digest.description)) cannot be read: \(finding.message)",
                mend: "give the base image with `--base oci:DIR:TAG`"))
    }

    private mutating func base(
        _ digest: Digest, from sources: [any ContentSource]
    ) async -> Result<[BaseImageFacts.BasePlatform], UnreadContent> {
        let document: ImageDocument
        switch await manifest(digest, from: sources) {
        case .success(let read): document = read
        case .failure(let unread): return .failure(unread)
        }
        var manifests: [ImageManifest] = []
        switch document {
        case .manifest(let manifest): manifests = [manifest]
        case .index(let index):
            guard index.manifests.count <= limits.indexEntries else {
                return .failure(
                    UnreadContent(
                        Finding(.limitIndexEntries, "the base image's index lists \(index.manifests.count) entries")))
            }
            // Only the platforms of the image: a mirror need not hold the others.
            for entry in index.manifests where isWanted(entry.platform) {
                switch await manifest(entry.digest, from: sources) {
                case .success(.manifest(let child)): manifests.append(child)
                case .success(.index):
                    return .failure(UnreadContent(Finding(.limitIndexDepth, "the base image's index lists an index")))
                case .failure(let unread): return .failure(unread)
                }
            }
        }
        var platforms: [BaseImageFacts.BasePlatform] = []
        for manifest in manifests {
            switch await configuration(of: manifest, from: sources) {
            case .failure(let unread): return .failure(unread)
            case .success(let configuration):
                platforms.append(
                    BaseImageFacts.BasePlatform(
                        digest: manifest.content.digest, platform: configuration.platform,
                        diffIDs: configuration.diffIDs,
                        nonEmptyLayers: configuration.nonEmptyDiffIDs.count))
            }
        }
        return .success(platforms)
    }

    private func isWanted(_ platform: Platform?) -> Bool {
        guard let platform, !platform.isUnknown else { return false }
        return image.platforms.contains { item in
            guard let listed = item.listed else { return true }
            return listed.isSatisfied(by: platform) || platform.isSatisfied(by: listed)
        }
    }

    private mutating func manifest(
        _ digest: Digest, from sources: [any ContentSource]
    ) async -> Result<ImageDocument, UnreadContent> {
        var failure: Finding?
        for source in sources {
            do {
                let content = try await source.pinnedManifest(digest, limits: limits)
                try budget.spend(content.bytes.count)
                do {
                    return .success(try ImageDocument(parsing: content, declared: nil, jsonDepth: limits.jsonDepth))
                } catch {
                    return .failure(UnreadContent(Finding(error.code, error.message, evidence: digest.description)))
                }
            } catch {
                failure = worse(failure, Finding(error.code, error.message, evidence: digest.description))
            }
        }
        return .failure(
            UnreadContent(failure ?? Finding(.imageNotFound, "no content \(digest)", evidence: digest.description)))
    }

    private mutating func fetch(
        _ descriptor: Descriptor, from sources: [any ContentSource], limit: Int
    ) async -> Result<VerifiedContent, UnreadContent> {
        var failure: Finding?
        for source in sources {
            do {
                let content = try await source.pinned(descriptor, limit: limit, tooLarge: .limitConfigurationBytes)
                try budget.spend(content.bytes.count)
                return .success(content)
            } catch {
                failure = worse(
                    failure, Finding(error.code, error.message, evidence: descriptor.digest.description))
            }
        }
        return .failure(
            UnreadContent(
                failure
                    ?? Finding(
                        .imageNotFound, "no content \(descriptor.digest)", evidence: descriptor.digest.description)))
    }

    /// Of two failures, a contradiction or a passed budget says more than an absence.
    private func worse(_ a: Finding?, _ b: Finding) -> Finding {
        guard let a, a.code.effect == .reject || a.code.rank == .limit else { return b }
        return a
    }
}

extension Platform {
    /// The entry of an index may leave out what the configuration states, never contradict it.
    func isSatisfied(by other: Platform) -> Bool {
        guard os.utf8.elementsEqual(other.os.utf8), architecture.utf8.elementsEqual(other.architecture.utf8) else {
            return false
        }
        guard let variant, let theirs = other.variant else { return true }
        return variant.utf8.elementsEqual(theirs.utf8)
    }
}
