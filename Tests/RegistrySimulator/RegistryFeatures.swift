/// What a simulated registry can do, and whom it lets in.
package struct RegistryFeatures: Sendable {
    package var referrers = Referrers()
    package var authentication = Authentication.none
    /// Served at `/token`, whoever's tokens they are. The registry's own realm needs it here too.
    package var tokenService: TokenService?
    /// Speaks TLS with this certificate if there is one.
    package var tls: TLS?
    /// Where GET of a blob is redirected to: the start of a URL, to which the request's path is appended.
    package var blobRedirect: String?
    /// Whether tags can be listed.
    package var listsTags = true
    /// Most tags on a page; all if nil.
    package var tagsPageSize: Int?
    package var uploads = Uploads()
    /// Whether manifests and blobs can be deleted (else 405).
    package var deletes = true
    /// Whether `Docker-Content-Digest` is sent.
    package var namesDigests = true
    /// Whether a manifest that names blobs which are not there is refused, as distribution does.
    package var wantsBlobsFirst = true

    package init() {}

    package init(_ alter: (inout RegistryFeatures) -> Void) { alter(&self) }

    /// distribution-spec "Listing Referrers" (end-12).
    package struct Referrers: Sendable {
        package enum Availability: Sendable {
            case served
            /// Always an empty list.
            case empty
            /// 404, which means that there is no such API.
            case notFound
            case methodNotAllowed
        }
        package var availability = Availability.served
        /// Most descriptors on a page; all if nil.
        package var pageSize: Int?
        /// Whether `artifactType` is heeded, and said so by `OCI-Filters-Applied`.
        package var filters = true
        /// Whether a manifest put with a subject is answered with `OCI-Subject`.
        package var acknowledgesSubject = true

        /// A registry from before 1.1.
        package static var none: Referrers {
            var referrers = Referrers()
            referrers.availability = .notFound
            referrers.acknowledgesSubject = false
            return referrers
        }
    }

    /// Ways to upload a blob.
    package struct Uploads: Sendable {
        /// A POST that holds the whole blob (end-4b).
        package var singlePost = true
        /// PATCH (end-5).
        package var chunked = true
        /// From another repository (end-11).
        package var mount = true
        /// `OCI-Chunk-Min-Length`, if stated.
        package var shortestChunk: Int?
        /// What `Location` begins with: nothing for a path alone.
        package var absoluteLocations = false
    }

    package enum Authentication: Sendable {
        case none
        /// User names and passwords; `readers` may not push.
        case basic(users: [String: String], readers: Set<String> = [])
        /// Tokens of this service. The realm is this registry's own `/token`, unless stated.
        case bearer(TokenService, realm: String? = nil)
    }

    /// PEM texts.
    package struct TLS: Sendable {
        package var certificate: String
        package var key: String
        /// Of the authority whose client certificates are asked for; nil asks for none.
        package var clientAuthority: String?

        package init(certificate: String, key: String, clientAuthority: String? = nil) {
            self.certificate = certificate
            self.key = key
            self.clientAuthority = clientAuthority
        }
    }
}
