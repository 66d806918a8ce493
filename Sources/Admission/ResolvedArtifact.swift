import Attestation
public import Content
import Findings
public import OCI
import PKI
import Sigstore

/// What a request gives of a plain file: a release binary, a tarball of a package, a wheel.
public enum RequestedArtifact: Sendable {
    /// The file itself; opened by the pipeline, so that failing to open is recorded.
    case file(any ArtifactSource)
    /// One digest of it. What names the file by another digest can't be known to be about it then, and what Ed25519 and
    /// RSA keys signed over the file itself can't be verified.
    case digest(Digest)

    /// As it stands in the record.
    var transport: String {
        switch self {
        case .file: "file"
        case .digest: "digest"
        }
    }
}

/// A plain file pinned by its digests. Made only by ``resolve(_:limits:)``; from here on it is not read again.
public struct ResolvedArtifact: Sendable {
    /// By which it is recorded: SHA-256, unless only another is known.
    public var digest: Digest { signed.digest }
    /// All that are known, each of another algorithm: SHA-256, SHA-384 and SHA-512 of a file that was read.
    public let digests: [Digest]
    /// Bytes; nil where only a digest is known.
    public let size: Int?
    /// As a signature over plain bytes may be about it.
    let signed: SignedArtifact

    fileprivate init(_ signed: SignedArtifact, size: Int?) {
        self.signed = signed
        self.size = size
        digests = signed.digests
    }

    /// Ed25519 reads a message twice, so files signed by such keys have to be in memory: those of at most 16 MiB are, a
    /// larger one is hashed piece by piece.
    static let longestKept = 16 << 20

    /// Reads the file once, from the first byte to the last.
    ///
    /// - Returns: the file by its digests, or the finding why there is none.
    static func resolve(
        _ requested: RequestedArtifact, limits: AdmissionLimits
    ) async -> Result<ResolvedArtifact, UnresolvedImage> {
        switch requested {
        case .digest(let digest):
            guard let signed = SignedArtifact(digest: digest) else {
                // Not reached: a digest is as long as its algorithm gives.
                return .failure(
                    UnresolvedImage(Finding(.pipelineInternal, "the file's digest is no digest"), digest: nil))
            }
            return .success(ResolvedArtifact(signed, size: nil))
        case .file(let source):
            var hasher = MessageHasher(keepingUpTo: longestKept)
            do throws(ContentSourceError) {
                // Whatever a source keeps to, what it hands over is counted here.
                try await source.read(limit: limits.artifactBytes) { hasher.update($0) }
                guard hasher.byteCount <= limits.artifactBytes else {
                    throw ContentSourceError.artifactTooLarge(limit: limits.artifactBytes)
                }
            } catch {
                return .failure(UnresolvedImage(error, digest: nil))
            }
            return .success(ResolvedArtifact(SignedArtifact(hasher), size: hasher.byteCount))
        }
    }
}

/// What a decision is about, pinned.
enum ResolvedSubject: Sendable {
    case image(ResolvedImage, from: any ContentSource)
    case artifact(ResolvedArtifact)
    /// An image of which nothing is looked at but its digest: see ``AdmissionPipeline/decideEarly(_:)``.
    case unread(UnreadImage)

    static func resolve(
        _ subject: AdmissionRequest.Subject, limits: AdmissionLimits
    ) async -> Result<ResolvedSubject, UnresolvedImage> {
        switch subject {
        case .image(let source):
            await ResolvedImage.resolve(from: source, limits: limits).map { .image($0, from: source) }
        case .artifact(let requested):
            await ResolvedArtifact.resolve(requested, limits: limits).map { .artifact($0) }
        }
    }

    /// The digest that is admitted or not.
    var digest: Digest {
        switch self {
        case .image(let image, _): image.digest
        case .artifact(let artifact): artifact.digest
        case .unread(let image): image.digest
        }
    }

    /// What the decision has spent of the bytes that it may read. A file is not held, and has a limit of its own.
    func budget(_ limits: AdmissionLimits) -> ByteBudget {
        switch self {
        case .image(let image, _): image.budget
        case .artifact: ByteBudget(limit: limits.totalBytes)
        case .unread(let image): image.budget
        }
    }

    /// Whether this is a digest of the very same bytes, in whichever algorithm it is given.
    func isNamed(by digest: Digest) -> Bool {
        switch self {
        case .image(let image, _): image.isNamed(by: digest)
        case .artifact(let artifact): artifact.digests.contains(digest)
        case .unread(let image): image.digest == digest
        }
    }

    /// A digest that the caller states pins what is judged, and this is not it.
    func mismatch(with named: Digest) -> UnresolvedImage {
        switch self {
        case .image(let image, _): return image.mismatch(with: named)
        case .unread(let image): return image.mismatch(with: named)
        case .artifact(let artifact):
            return UnresolvedImage(
                Finding(
                    .contentWrongDigest, "the stated name is of another digest than the file has",
                    expected: named.description,
                    found: artifact.digests.map(\.description).joined(separator: " or ")), digest: artifact.digest)
        }
    }

    // MARK: What evidence may be about

    /// What a signature over plain bytes may be about: the documents of the image, attestation manifests of its index
    /// among them, or the file.
    var signedArtifacts: [SignedArtifact] {
        switch self {
        case .artifact(let artifact): return [artifact.signed]
        case .unread(let image): return [image.signed].compactMap(\.self)
        case .image(let image, _):
            var seen: Set<Digest> = []
            return
                ([image.document.content] + image.platforms.map(\.manifest.content)
                + image.attestationManifests.map(\.manifest.content))
                .filter { seen.insert($0.digest).inserted }.map { SignedArtifact($0) }
        }
    }

    /// Of what is judged, that which a payload names by this one digest. A file is always called by the digest that is
    /// recorded.
    func subjects(named digest: Digest) -> [Digest] {
        switch self {
        case .image(let image, _): image.digests.filter { $0 == digest }
        case .artifact(let artifact): artifact.digests.contains(digest) ? [artifact.digest] : []
        case .unread(let image): image.digest == digest ? [digest] : []
        }
    }

    /// The same for a statement's subjects. One that names a file by one algorithm and another file by the next is about
    /// neither.
    func subjects(of statement: Statement) -> [Digest] {
        switch self {
        case .image(let image, _): image.digests.filter { statement.names($0) }
        case .artifact(let artifact): statement.names(oneOf: artifact.digests) ? [artifact.digest] : []
        case .unread(let image): statement.names(image.digest) ? [image.digest] : []
        }
    }

    /// Why a signature does not count. Where the bytes that it is over were not at hand, what mends it is to have them.
    func finding(_ refusal: SignatureRefusal, keys: TrustedKeySet) -> Finding {
        Finding(refusal.code, refusal.message, mend: mend(for: refusal, keys: keys))
    }

    private func mend(for refusal: SignatureRefusal, keys: TrustedKeySet) -> String? {
        guard case .noKeyMatches = refusal, case .artifact(let artifact) = self, !artifact.signed.isAtHand else {
            return nil
        }
        let kinds = keys.keys.map(\.key.kind)
        if artifact.size == nil, kinds.contains(where: { $0 == .ed25519 || $0.isRSA }) {
            return "give the file itself: what Ed25519 and RSA keys sign can't be verified by a digest"
        }
        guard artifact.size != nil, kinds.contains(.ed25519) else { return nil }
        return "sign the file with a key of another kind, or sign a statement about it: what Ed25519 keys sign can be "
            + "verified of files of at most \(ResolvedArtifact.longestKept) bytes"
    }

    /// Attestation manifests in the image's index that a signature names.
    func holdersOfStatements(where isNamed: (Digest) -> Bool) -> [Digest] {
        switch self {
        case .image(let image, _): image.holdersOfStatements.filter(isNamed)
        case .artifact, .unread: []
        }
    }

    /// The payload of verified evidence speaks of something else.
    func mismatch(found: String) -> Finding {
        switch self {
        case .image(let image, _):
            Finding(
                .evidenceSubjectMismatch, "the signed payload names another image",
                expected: image.digest.description
                    + (image.isIndex ? " or one of its \(image.digests.count - 1) platforms" : ""), found: found)
        case .unread(let image):
            Finding(
                .evidenceSubjectMismatch, "the signed payload names another image",
                expected: image.digest.description, found: found)
        case .artifact(let artifact):
            Finding(
                .evidenceSubjectMismatch, "the signed payload names another file",
                expected: artifact.digests.map(\.description).joined(separator: " or "), found: found)
        }
    }
}

extension PublicKey.Kind {
    fileprivate var isRSA: Bool { if case .rsa = self { true } else { false } }
}
