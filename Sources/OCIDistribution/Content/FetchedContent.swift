public import Content
import Findings
import HTTPTransport
import OCI

/// What one fetch is for; equal ones share an answer.
struct FetchKey: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case manifest(ManifestName), blob(Digest)
    }
    let repository: RegistryRepository
    let kind: Kind
    let limit: Int
    /// How often ``RegistryClient/somethingWasPushed()`` had been said when it began.
    let pushes: Int
}

/// By what a manifest is asked for.
public enum ManifestName: Sendable, Hashable, CustomStringConvertible {
    case tag(String)
    case digest(Digest)

    /// As it stands in a URL: both are of characters that need no escape.
    public var description: String {
        switch self {
        case .tag(let tag): tag
        case .digest(let digest): digest.description
        }
    }
}

/// Bytes that have their digest.
public struct FetchedContent: Sendable {
    public let content: VerifiedContent
    /// What the registry says of a manifest's type, where it says something: a claim, compared with the bytes by
    /// whoever reads them. Nil where it comes from the cache.
    public let declaredType: MediaType?
}

extension HTTPResponse {
    /// The type of a manifest by the answer's head. Types that say nothing of what the document is count as none.
    ///
    /// - Throws: ``RegistryError/malformed(_:)`` for a page that is meant for people.
    func declaredManifestType() throws(RegistryError) -> MediaType? {
        guard let field = fields["content-type"] else { return nil }
        let type = MediaType(field)
        switch type {
        case "application/json", "application/octet-stream", "text/plain", "": return nil
        default: break
        }
        guard type.description.utf8.starts(with: "application/".utf8) else {
            throw .malformed("expected a manifest, found content of type \(Finding.quoted(field, limit: 80))")
        }
        return type
    }
}
