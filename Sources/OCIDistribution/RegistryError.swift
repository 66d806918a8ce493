public import Content
public import Findings
public import HTTPTransport
public import OCI

/// Why a registry gave nothing, or nothing that can be used.
public enum RegistryError: Error, Equatable, Sendable {
    /// 404: what was asked for is not there, or nobody may know that it is.
    case absent(String)
    /// 401 where credentials can't help: from a host that a redirect leads to.
    case unauthorised(HTTPOrigin)
    case authentication(AuthenticationError)
    /// Credentials could not be read; one line for people.
    case credentials(String)
    /// 403
    case forbidden(RegistryComplaint)
    /// 429
    case rateLimited(RegistryComplaint)
    /// 5xx
    case unavailable(RegistryComplaint)
    /// Any other status that does not belong to the request.
    case unexpectedStatus(RegistryComplaint)
    /// What came breaks distribution-spec; one line for people, untrusted text quoted.
    case malformed(String)
    /// A redirect or location that is not followed; one line for people, untrusted text quoted.
    case refusedRedirect(String)
    /// No answer, or one that breaks off.
    case transport(HTTPTransportError)
    /// The time that the operation had is over.
    case timedOut(Duration)
    /// More bytes than the descriptor states.
    case longerThanStated(Digest, size: Int)
    /// A manifest of more bytes than the limit.
    case manifestTooLarge(limit: Int)
    case content(ContentError)
    /// A document among the answers that can't be read.
    case document(ImageFormatError)
    /// A budget of the source was passed.
    case limit(ReasonCode, String)
    /// Another writer was there each time.
    case conflict(String)

    /// The reason code, one for each way of failing that is mended differently.
    public var code: ReasonCode {
        switch self {
        case .absent: .imageNotFound
        case .unauthorised: .registryUnauthorised
        case .authentication(let error):
            switch error.kind {
            case .unauthorised: .registryUnauthorised
            case .refusedRealm: .registryRefusedRealm
            case .malformed: .registryMalformed
            case .rateLimited: .registryRateLimited
            case .unavailable: .registryUnavailable
            }
        case .credentials: .registryCredentials
        case .forbidden: .registryForbidden
        case .rateLimited: .registryRateLimited
        case .unavailable: .registryUnavailable
        case .unexpectedStatus(let complaint): complaint.isAboutWriting ? .registryRefusedWrite : .registryMalformed
        case .malformed: .registryMalformed
        case .refusedRedirect: .registryRefusedRedirect
        case .transport(let error): error.code
        case .timedOut: .registryTimedOut
        case .longerThanStated: .contentWrongSize
        case .manifestTooLarge: .limitManifestBytes
        case .content(let error): error.code
        case .document(let error): error.code
        case .limit(let code, _): code
        case .conflict: .registryWriteConflict
        }
    }

    /// One line for people; untrusted text in it is quoted.
    public var message: String {
        switch self {
        case .absent(let what): "the registry has no \(what)"
        case .unauthorised(let origin): "\(Finding.quoted(origin.description)) wants credentials, which don't go there"
        case .authentication(let error): error.message
        case .credentials(let why): why
        case .forbidden(let complaint), .rateLimited(let complaint), .unavailable(let complaint),
            .unexpectedStatus(let complaint):
            complaint.message
        case .malformed(let why), .refusedRedirect(let why): why
        case .transport(let error): error.message
        case .timedOut(let duration): "no full answer within \(duration)"
        case .longerThanStated(let digest, let size): "expected \(size) bytes of \(digest), found more"
        case .manifestTooLarge(let limit): "expected a manifest of at most \(limit) bytes, found more"
        case .content(let error): error.message
        case .document(let error): error.message
        case .limit(_, let why): why
        case .conflict(let what): "\(what) was replaced by another writer each time"
        }
    }

    /// As an error of a source or sink.
    public var asSourceError: ContentSourceError { ContentSourceError(code, message) }

    var isAbsence: Bool { if case .absent = self { true } else { false } }
}

/// A status that says no, and what the registry says of why (distribution-spec "Error Codes").
public struct RegistryComplaint: Equatable, Sendable {
    public let origin: HTTPOrigin
    public let status: Int
    /// Code and message of the first errors, as the registry wrote them.
    public let text: String
    let isAboutWriting: Bool

    /// One line for people.
    public var message: String {
        "\(Finding.quoted(origin.description)) answered \(status)" + (text.isEmpty ? "" : ": " + Finding.quoted(text))
    }
}

extension HTTPTransportError {
    var code: ReasonCode {
        switch self {
        case .unreachable, .interrupted, .cancelled: .registryUnreachable
        case .refusedAddress: .registryRefusedAddress
        case .refusedPlainHTTP: .registryPlainHTTP
        case .tls: .registryUntrusted
        case .timedOut: .registryTimedOut
        case .tooLarge: .registryTooLarge
        case .malformed: .registryMalformed
        }
    }
}
