import Content
import Findings
import OCI

// What a source answers is compared with what it was asked. `VerifiedContent` proves that its bytes have the digest that
// it carries, not that this is the digest that was asked for: a source that mixed up two answers would have one image
// verified and another admitted (notation-go CVE-2023-33959, regclient GHSA-qv35).
extension ContentSource {
    /// The image, found once. Descriptor and bytes are of one digest and size, within the limit.
    func pinnedImage(limits: AdmissionLimits) async throws(ContentSourceError) -> ResolvedContent {
        let found = try await resolve(limits: limits.content)
        try found.content.check(is: found.descriptor)
        guard found.content.bytes.count <= limits.manifestBytes else {
            throw .tooLarge(.limitManifestBytes, found.content.bytes.count, limit: limits.manifestBytes)
        }
        return found
    }

    /// The bytes of this descriptor and no others.
    ///
    /// - Throws: `tooLarge`, before anything is asked for, where the descriptor states more bytes than `limit`.
    func pinned(
        _ descriptor: Descriptor, limit: Int, tooLarge: ReasonCode
    ) async throws(ContentSourceError) -> VerifiedContent {
        guard descriptor.size <= limit else { throw .tooLarge(tooLarge, descriptor.size, limit: limit) }
        let content = try await fetch(descriptor, limit: limit)
        try content.check(is: descriptor)
        return content
    }

    /// The manifest or index of this digest and no other.
    func pinnedManifest(
        _ digest: Digest, limits: AdmissionLimits
    ) async throws(ContentSourceError) -> VerifiedContent {
        let content = try await manifest(digest, limits: limits.content)
        try content.check(is: Descriptor(mediaType: .ociManifest, digest: digest, size: content.bytes.count))
        guard content.bytes.count <= limits.manifestBytes else {
            throw .tooLarge(.limitManifestBytes, content.bytes.count, limit: limits.manifestBytes)
        }
        return content
    }
}

/// The bytes that one decision has read and may read, of the image, its papers, its configurations and its base images
/// (``AdmissionLimits/totalBytes``). Sources on disk keep the same budget; this one holds for every source.
struct ByteBudget: Sendable {
    let limit: Int
    private(set) var spent: Int

    init(limit: Int, spent: Int = 0) {
        self.limit = limit
        self.spent = spent
    }

    /// - Throws: `limit.image-bytes`, which leaves the decision open.
    mutating func spend(_ count: Int) throws(ContentSourceError) {
        let (sum, overflow) = spent.addingReportingOverflow(count)
        spent = overflow ? .max : sum
        guard spent <= limit else {
            throw ContentSourceError(
                .limitImageBytes, "expected at most \(limit) bytes for the image and what lies with it, found more")
        }
    }
}

extension ContentSourceError {
    fileprivate static func tooLarge(_ code: ReasonCode, _ found: Int, limit: Int) -> ContentSourceError {
        ContentSourceError(code, "expected at most \(limit) bytes, found \(found)")
    }
}

extension VerifiedContent {
    fileprivate func check(is descriptor: Descriptor) throws(ContentSourceError) {
        guard digest == descriptor.digest else {
            let error = ContentError.wrongDigest(expected: descriptor.digest, found: digest)
            throw ContentSourceError(error.code, error.message)
        }
        guard bytes.count == descriptor.size else {
            let error = ContentError.wrongSize(expected: descriptor.size, found: bytes.count)
            throw ContentSourceError(error.code, error.message)
        }
    }
}
