public import Content
import Findings

/// Names an image: where it is kept, under which name, and by which tag or digest.
///
/// Read by the grammar of distribution/reference, with Docker's normalisation: `debian` is
/// `docker.io/library/debian`. Two texts that name the same repository on the same host give equal values, so a glob
/// over ``name`` can't be evaded by another spelling of the host: its case, an IPv6 address written differently and a
/// port with leading zeros are made one or refused. Different hosts and ports stay different, even where one server
/// answers for both.
///
/// Every part is ASCII by grammar, therefore `==` compares bytes.
public struct ImageReference: Sendable, Hashable, CustomStringConvertible {
    /// Host and, where given, port: `docker.io`, `registry.example:5000`, `[::1]:5000`. Lower case.
    public let registry: String
    /// The path below the registry: `library/debian`, `finance/ledger`.
    public let repository: String
    /// As given. It names nothing where there is a digest; it is kept because reports and policies speak of it.
    public let tag: String?
    /// Decides which image is meant, whatever the tag.
    public let digest: Digest?

    /// Largest length of ``name``, bytes (distribution-spec "Pulling manifests": clients limit registry and name to
    /// 255 characters).
    public static let longestName = 255
    /// Largest length of a tag, bytes (distribution-spec "Pulling manifests").
    public static let longestTag = 128

    /// Reads `[docker://][registry/]repository[:tag][@digest]`.
    public init(parsing text: String) throws(ImageReferenceError) {
        let scheme = "docker://"
        var rest = text.utf8[...]
        if rest.starts(with: scheme.utf8) { rest = rest.dropFirst(scheme.utf8.count) }
        guard !rest.isEmpty else { throw .empty }
        guard rest.count != 64 || !rest.allSatisfy(\.isLowerHexDigit) else { throw .imageIdentifier(text) }

        if let at = rest.firstIndex(of: UInt8(ascii: "@")) {
            do throws(DigestError) { digest = try Digest(String(Substring(rest[rest.index(after: at)...]))) } catch {
                throw .digest(error)
            }
            rest = rest[..<at]
        } else {
            digest = nil
        }

        // A colon before the last slash belongs to the registry's port.
        let lastSlash = rest.lastIndex(of: UInt8(ascii: "/")) ?? rest.startIndex
        if let colon = rest[lastSlash...].firstIndex(of: UInt8(ascii: ":")) {
            tag = try Self.checkedTag(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
        } else {
            tag = nil
        }

        (registry, repository) = try Self.split(name: rest)
        let length = registry.utf8.count + 1 + repository.utf8.count
        guard length <= Self.longestName else { throw .nameTooLong(length) }
    }

    private init(_ other: ImageReference, digest: Digest) {
        (registry, repository, tag) = (other.registry, other.repository, other.tag)
        self.digest = digest
    }

    /// The same name and tag, decided by this digest.
    public func pinned(to digest: Digest) -> ImageReference { ImageReference(self, digest: digest) }

    /// `registry/repository`, what name globs are matched against.
    public var name: String { registry + "/" + repository }

    /// The tag that a store would be asked for: the one given, `latest` where neither tag nor digest is given, none
    /// where only a digest is. A rule about tags has to see `latest` even where nobody wrote it.
    public var effectiveTag: String? { tag ?? (digest == nil ? "latest" : nil) }

    /// The canonical text; reading it gives an equal value.
    public var description: String {
        name + (tag.map { ":" + $0 } ?? "") + (digest.map { "@" + $0.description } ?? "")
    }
}

/// Why a text is not an image reference.
public enum ImageReferenceError: Error, Equatable, Sendable {
    /// No text, or nothing after `docker://`.
    case empty
    /// 64 hexadecimal digits: docker reads them as the identifier of a local image.
    case imageIdentifier(String)
    /// The first component is a host, and no good one.
    case registry(String)
    /// `Example/app`: docker takes the first part for a host because a repository can't have upper case, and its
    /// lower-case twin for a repository of docker.io. One name must not have two readings.
    case upperCaseFirstComponent(String)
    /// Not the grammar of repositories.
    case repository(String)
    /// A repository with upper-case letters.
    case upperCaseRepository(String)
    /// Not the grammar of tags, or too long.
    case tag(String)
    /// What follows `@` is no digest that is known here.
    case digest(DigestError)
    /// Length of registry and repository in bytes.
    case nameTooLong(Int)

    /// One line for people; untrusted text in it is quoted.
    public var message: String {
        switch self {
        case .empty: "expected an image reference, found nothing"
        case .imageIdentifier(let text):
            "expected an image reference, found what could be an image identifier: \(Finding.quoted(text))"
        case .registry(let text): "expected a registry like `registry.example:5000`, found \(Finding.quoted(text))"
        case .upperCaseFirstComponent(let text):
            "expected a registry with a dot or a port, or a repository in lower case, found \(Finding.quoted(text))"
        case .repository(let text): "expected a repository like `finance/ledger`, found \(Finding.quoted(text))"
        case .upperCaseRepository(let text): "expected a repository in lower case, found \(Finding.quoted(text))"
        case .tag(let text):
            "expected a tag of 1 to 128 letters, digits, `_`, `.` and `-`, the first no `.` or `-`, "
                + "found \(Finding.quoted(text))"
        case .digest(let error): error.message
        case .nameTooLong(let length):
            "expected registry and repository of at most \(ImageReference.longestName) bytes, found \(length)"
        }
    }
}

// Grammar. Everything works on UTF-8 views: a Character can hide a combining mark behind a slash.
extension ImageReference {
    private typealias Bytes = Substring.UTF8View

    /// Decides whether the first component is a host, as docker does, and reads host and path. An IPv6 address always
    /// has a colon.
    private static func split(name: Bytes) throws(ImageReferenceError) -> (registry: String, repository: String) {
        let home = "docker.io"
        guard let slash = name.firstIndex(of: UInt8(ascii: "/")) else {
            return (home, "library/" + (try checkedRepository(name)))
        }
        let first = name[..<slash]
        let rest = name[name.index(after: slash)...]
        guard first.contains(where: { $0 == .dot || $0 == .colon }) || first.lowercased == "localhost" else {
            guard !first.contains(where: \.isUpperCaseLetter) else {
                throw .upperCaseFirstComponent(String(Substring(first)))
            }
            return (home, try checkedRepository(name))
        }
        guard let host = RegistryHost(first) else { throw .registry(String(Substring(first))) }
        let repository = try checkedRepository(rest)
        let registry = host.description
        guard registry == home || registry == "index.docker.io" else { return (registry, repository) }
        return (home, rest.contains(UInt8(ascii: "/")) ? repository : "library/" + repository)
    }

    /// `path-component ["/" path-component]*`; a component is runs of lower-case letters and digits, between them one
    /// `.`, one or two `_`, or any number of `-`.
    private static func checkedRepository(_ bytes: Bytes) throws(ImageReferenceError) -> String {
        let text = String(Substring(bytes))
        guard !bytes.contains(where: \.isUpperCaseLetter) else { throw .upperCaseRepository(text) }
        // What came since the last letter or digit of the component; at its beginning and end there has to be one.
        var separator: (byte: UInt8, count: Int)?
        var isBeginning = true
        for byte in bytes {
            if byte.isRepositoryLetter {
                (separator, isBeginning) = (nil, false)
            } else if isBeginning {
                throw .repository(text)
            } else if byte == UInt8(ascii: "/"), separator == nil {
                isBeginning = true
            } else {
                let count = (separator?.count ?? 0) + 1
                let most = byte == .dot ? 1 : byte == UInt8(ascii: "_") ? 2 : byte == UInt8(ascii: "-") ? Int.max : 0
                guard count <= most, separator.map({ $0.byte == byte }) ?? true else { throw .repository(text) }
                separator = (byte, count)
            }
        }
        guard !isBeginning, separator == nil else { throw .repository(text) }
        return text
    }

    private static func checkedTag(_ bytes: Bytes) throws(ImageReferenceError) -> String {
        let text = String(Substring(bytes))
        guard let first = bytes.first, first.isTagLetter, bytes.count <= longestTag,
            bytes.allSatisfy({ $0.isTagLetter || $0 == .dot || $0 == UInt8(ascii: "-") })
        else { throw .tag(text) }
        return text
    }
}

extension UInt8 {
    fileprivate var isRepositoryLetter: Bool { isDigit || isLowerCaseLetter }
    fileprivate var isTagLetter: Bool { isDigit || isLowerCaseLetter || isUpperCaseLetter || self == UInt8(ascii: "_") }
}
