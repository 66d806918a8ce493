import Admission
import AdmissionPolicy
import ArgumentParser
import Attestation
import Content
import Findings
import OCI
import SBOM
import StrictEncoding

/// What `FILE|IMAGE` of the `sbom` commands names: a file, or an image and which of the SBOMs that lie with it.
enum SBOMPlace {
    /// A path, or `-` for standard input.
    case file(String)
    /// A location on disk, or a name in a registry.
    case image(String)

    /// A transport or a registry's host in front makes it an image, unless a file has that very name.
    init(_ text: String) {
        self = Self.isImage(text) ? .image(text) : .file(text)
    }

    private static func isImage(_ text: String) -> Bool {
        let prefixes = ["oci:", "oci-archive:", "dir:", "docker-archive:", "docker://"]
        if prefixes.contains(where: { text.utf8.starts(with: $0.utf8) }) { return true }
        guard !LocalFile.exists(text), let reference = try? ImageReference(parsing: text),
            let slash = text.utf8.firstIndex(of: UInt8(ascii: "/"))
        else { return false }
        // `docker.io` is where a bare name would be looked for: a file that is not there is none of its images.
        let host = text[..<slash]
        guard host.utf8.contains(UInt8(ascii: ".")) || host.utf8.contains(UInt8(ascii: ":")) || host == "localhost"
        else { return false }
        // Nor is one in a directory with a dot in its name.
        return reference.tag != nil || reference.digest != nil || !endings.contains(where: text.hasSuffix)
    }

    private static let endings = [".json", ".jsonl", ".spdx", ".xml", ".yaml", ".yml", ".txt", ".sigstore", ".bundle"]
}

/// Which of the SBOMs that lie with an image is meant, and whether their signatures are checked.
struct SBOMChoice: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Of an image: the SBOM that covers this platform, like linux/arm64/v8.", valueName: "platform"))
    var platform: String?

    @Option(help: ArgumentHelp("Of an image: the SBOM of this format: spdx, cyclonedx or syft.", valueName: "format"))
    var format: SBOMFamily?

    @Option(
        help: ArgumentHelp("Of an image: the SBOM in this evidence, as `sbom list` tells it.", valueName: "digest"))
    var evidence: String?

    @OptionGroup(title: "Signature Options") var proof: SBOMProof

    var isEmpty: Bool { platform == nil && format == nil && evidence == nil && proof.isEmpty }
}

/// The formats by which one SBOM of several is chosen.
enum SBOMFamily: String, CaseIterable, ExpressibleByArgument {
    case spdx, cyclonedx, syft

    fileprivate var format: SBOMFormat {
        switch self {
        case .spdx: .spdx
        case .cyclonedx: .cycloneDX
        case .syft: .syft
        }
    }

    fileprivate var predicates: PredicateFamily {
        switch self {
        case .spdx: .spdx
        case .cyclonedx: .cycloneDX
        case .syft: .syft
        }
    }
}

/// Whose signatures make an SBOM of an image count as verified.
struct SBOMProof: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Only SBOMs of the image that this public key signed. Any one of several suffices.", valueName: "file"),
        completion: .file(extensions: ["pub", "pem"]))
    var key: [String] = []

    @Option(
        help: ArgumentHelp(
            "Only SBOMs of the image signed by somebody whom these policies name as a signer. Their rules are not applied.",
            valueName: "[SOURCE=]PATH"), completion: .file())
    var policy: [String] = []

    @Option(help: ArgumentHelp("With `--policy`: the namespace whose policies are meant.", valueName: "name"))
    var namespace: String?

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp(
            "With `--policy`: the name under which an image on disk is looked at.", valueName: "reference"))
    var reference: String?

    @Option(help: ArgumentHelp("Check signatures as of this instant (RFC 3339).", valueName: "time"))
    var at: String?

    @OptionGroup var trustedRoots: TrustedRootOptions
    @OptionGroup var trustStores: TrustStoreOptions

    var isGiven: Bool { !key.isEmpty || !policy.isEmpty }
    var isEmpty: Bool { !isGiven && !isQualified }

    /// Whether something is said that means nothing without a key or a policy.
    private var isQualified: Bool {
        namespace != nil || reference != nil || at != nil || !trustedRoots.files.isEmpty || !trustStores.stores.isEmpty
            || trustStores.refreshTrust
    }

    /// What is verified of an image; nil where nothing says by whom.
    func verified(_ image: String) async throws(CommandFailure) -> AttachedSBOMs? {
        guard isGiven else {
            guard !isQualified else {
                throw .usage(
                    "nothing says whose signatures are to be checked", "give `--key KEY.pub` or `--policy PATH` besides"
                )
            }
            return nil
        }
        guard key.isEmpty || policy.isEmpty else {
            throw .usage("`--key` is for use without a policy; name the key as a signer of the policy")
        }
        let policies = key.isEmpty ? try PolicyFiles.load(policy) : try PolicyFiles.signedByAny(of: key)
        let (instant, hypothetical) = try Clock.instant(stated: at)
        let stored = try await trustStores.roots(at: instant, hypothetical: hypothetical)
        let pipeline = AdmissionPipeline(
            policies: policies, limits: AdmissionLimits(),
            trustedRoots: try trustedRoots.roots(for: policies, besides: stored.roots), trustNotes: stored.notes)
        // Everything that lies with the image is verified, so it never stops early.
        let record = await pipeline.decide(
            AdmissionRequest(
                image: try ImageOptions.source(image),
                statedReference: try ImageOptions.name(stated: reference, location: image), namespace: namespace,
                at: instant, hypothetical: hypothetical))
        guard let attached = AttachedSBOMs(verifiedIn: record) else {
            throw SBOMFile.failure(
                record.headline ?? Finding(.imageNotFound, "the image could not be read"))
        }
        if record.policies.isEmpty, record.guardrails.isEmpty {
            throw .usage(
                "none of the policies speaks of this image, so nobody is known who may sign for it",
                "give the `--namespace` in which it runs, and with `--as` its name in a registry")
        }
        return attached
    }
}

// MARK: Choosing

extension SBOMChoice {
    /// Every SBOM of an image that the options permit, and where it was looked for.
    func attached(to image: String) async throws(CommandFailure) -> AttachedSBOMs {
        if let verified = try await proof.verified(image) { return verified }
        let source = try ImageOptions.source(image)
        switch await AttachedSBOMs.unverified(in: source, limits: AdmissionLimits()) {
        case .success(let attached): return attached
        case .failure(let unresolved): throw SBOMFile.failure(unresolved.finding)
        }
    }

    /// The one that is meant.
    ///
    /// - Throws: if it is none, or one of several that do not say the same.
    func one(of image: String) async throws(CommandFailure) -> SBOMFile {
        let attached = try await attached(to: image)
        let name = Finding.quoted(image)
        let meant = try filter(attached, name)
        guard let first = meant.first else { throw none(in: attached, name) }
        guard meant.dropFirst().allSatisfy({ $0.saysTheSame(as: first) }) else {
            throw CommandFailure(
                status: ExitStatus.usage,
                lines: [
                    "\(name): expected one SBOM, found \(meant.count)",
                    "choose one with `--platform`, `--format` or `--evidence DIGEST`:",
                ] + SBOMListReport(attached: attached, sboms: meant).lines.prefix(40))
        }
        switch first.inventory() {
        case .success(let inventory): return SBOMFile(attached: first, in: attached, inventory: inventory)
        case .failure(let unread): throw .badData("\(name): \(unread.finding.message)  [\(unread.finding.code)]")
        }
    }

    /// Those that the options permit, in their order.
    func filter(_ attached: AttachedSBOMs, _ name: String) throws(CommandFailure) -> [AttachedSBOM] {
        var meant = attached.sboms
        if let platform {
            let wanted = try SBOMFile.platform(platform, of: attached, name)
            meant = attached.covering(wanted)
        }
        if let format { meant = meant.filter { $0.isStated(format) } }
        if let evidence {
            guard let digest = try? Digest(evidence) else {
                throw .usage(
                    "expected a digest after `--evidence`, found \(Finding.quoted(evidence))",
                    "`sbom list` tells those of an image")
            }
            meant = meant.filter { $0.evidence == digest }
        }
        return meant
    }

    private func none(in attached: AttachedSBOMs, _ name: String) -> CommandFailure {
        var lines: [String]
        if attached.sboms.isEmpty {
            lines = [
                "\(name): expected an SBOM that lies with the image\(proof.isGiven ? " and is signed as asked for" : ""), "
                    + "found none"
            ]
            for refused in attached.refused.prefix(10) {
                lines.append("\(refused.origin.rawValue): \(refused.finding.message)  [\(refused.finding.code)]")
            }
        } else {
            lines =
                ["\(name): none of the image's SBOMs is the one that is asked for; there are:"]
                + SBOMListReport(attached: attached, sboms: attached.sboms).lines.prefix(40)
        }
        for finding in attached.findings { lines.append("\(finding.message)  [\(finding.code)]") }
        // What could not be read may be what was asked for.
        let status = attached.findings.isEmpty ? ExitStatus.badData : ExitStatus.undecided
        return CommandFailure(status: status, lines: lines)
    }
}

extension AttachedSBOM {
    /// By the type of its predicate; a document has to be read to tell.
    fileprivate func isStated(_ family: SBOMFamily) -> Bool {
        if let predicateType { return PredicateType(predicateType)?.family == family.predicates }
        return (try? inventory().get())?.format == family.format
    }
}

extension SBOMFile {
    /// What stands in the way of reading an image, with the status that `inspect` gives it.
    static func failure(_ finding: Finding) -> CommandFailure {
        CommandFailure(
            status: finding.code.effect == .undecided ? ExitStatus.undecided : ExitStatus.badData,
            lines: ["\(finding.message)  [\(finding.code)]", "mend: \(finding.mend)"])
    }

    /// The digest of the one platform of this name.
    fileprivate static func platform(
        _ text: String, of attached: AttachedSBOMs, _ name: String
    ) throws(CommandFailure) -> Digest {
        let matching = attached.platforms.filter { $0.platform?.description.utf8.elementsEqual(text.utf8) == true }
        guard let match = matching.first, matching.count == 1 else {
            let listed = attached.platforms.compactMap { $0.platform?.description }.map { Finding.quoted($0) }
            throw .usage(
                "\(name): expected one platform \(Finding.quoted(text)) in the image, found \(matching.count)",
                "platforms: \(listed.isEmpty ? "none stated" : listed.joined(separator: ", "))")
        }
        return match.digest
    }
}
