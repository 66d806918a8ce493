public import Content
import Findings
import HTTPTransport
public import OCI

/// What a registry lists as referring to a digest.
public struct ListedReferrers: Sendable {
    /// What may be about the digest: the manifests' own `subject` decides.
    public var descriptors: [Descriptor] = []
    /// Whether the registry has the API at all; the fallback tag holds the list otherwise.
    public var isSupported = true
    /// Whether the registry left out other artifact types (`OCI-Filters-Applied`). If it did not, all are there.
    public var isFiltered = false
}

// distribution-spec "Listing Referrers" (end-12).
extension RegistryClient {
    /// Most pages of one list.
    static let mostPages = 100
    /// Statuses by which registries say that they have no such API. The specification knows 404 only.
    private static let unsupported: Set<Int> = [400, 404, 405, 501]

    /// The list of the referrers API, all of its pages.
    ///
    /// - Parameters:
    ///   - artifactType: only these are wanted. A registry may give all; then all are returned.
    ///   - limits: bound the list's entries and each page's bytes.
    public func referrers(
        of digest: Digest, artifactType: MediaType? = nil, in repository: RegistryRepository, limits: ContentLimits,
        by deadline: OperationDeadline
    ) async throws(RegistryError) -> ListedReferrers {
        for mirror in configuration.mirrors.places(of: repository).dropLast() {
            // A mirror that lists nothing may just not keep such lists.
            let listed = try? await referrers(
                of: digest, artifactType: artifactType, at: mirror, limits: limits, by: deadline)
            if let listed, !listed.descriptors.isEmpty { return listed }
        }
        return try await referrers(
            of: digest, artifactType: artifactType, at: repository, limits: limits, by: deadline)
    }

    private func referrers(
        of digest: Digest, artifactType: MediaType?, at repository: RegistryRepository, limits: ContentLimits,
        by deadline: OperationDeadline
    ) async throws(RegistryError) -> ListedReferrers {
        var listed = ListedReferrers()
        var request = RegistryRequest.read(
            "referrers/" + digest.description + (artifactType.map { "?artifactType=" + $0.queryEncoded } ?? ""),
            of: repository, accept: MediaType.ociIndex.description, limit: limits.manifestBytes)
        for _ in 0..<Self.mostPages {
            let answer = try await self.answer(request, from: repository, by: deadline)
            let isFirst = if case .path = request.target { true } else { false }
            if isFirst, Self.unsupported.contains(answer.status) {
                listed.isSupported = false
                return listed
            }
            guard answer.status == 200 else { throw answer.failure("list of referrers of `\(digest)`") }
            listed.descriptors += try Self.entries(answer)
            if isFirst {
                listed.isFiltered = answer.response.fields.all("oci-filters-applied").contains { field in
                    field.split(separator: ",").contains { $0.filter { $0 != " " } == "artifactType" }
                }
            }
            guard listed.descriptors.count <= limits.candidates else {
                throw .limit(
                    .limitCandidates, "expected at most \(limits.candidates) referrers of `\(digest)`, found more")
            }
            guard let next = LinkHeader.next(in: answer.response.fields.all("link")) else { return listed }
            let url: WebURL
            do throws(WebURLError) { url = try answer.url.resolving(next) } catch {
                throw .malformed("the link to the next page: \(error.message)")
            }
            // A list that goes on elsewhere is somebody else's.
            guard url.origin == answer.url.origin, url != answer.url else {
                throw .malformed(
                    "expected the next page of a list on \(Finding.quoted(answer.url.origin.description)), found "
                        + Finding.quoted(url == answer.url ? "the same page" : url.origin.description))
            }
            request.target = .location(url)
        }
        throw .limit(
            .limitCandidates, "expected at most \(Self.mostPages) pages of referrers of `\(digest)`, found more")
    }

    private static func entries(_ answer: RegistryAnswer) throws(RegistryError) -> [Descriptor] {
        _ = try answer.response.declaredManifestType()
        do throws(ImageFormatError) {
            let content = VerifiedContent(namedByOwnDigest: answer.response.body)
            guard case .index(let index) = try ImageDocument(parsing: content, declared: .ociIndex) else {
                throw ImageFormatError.unknownMediaType(.ociManifest)
            }
            return index.manifests
        } catch {
            // The list is the registry's, not the image's: that it is broken says nothing of the image.
            throw .malformed("the list of referrers: \(error.message)")
        }
    }
}

extension MediaType {
    /// For a query: everything but letters, digits and `-._~` escaped.
    fileprivate var queryEncoded: String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in description.utf8 {
            if byte.isLetterOrDigit || "-._~".utf8.contains(byte) {
                out.append(byte)
            } else {
                out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
