import Content
import Findings
import StrictEncoding

/// Translates identities of certificates: who vouched, and for whom.
///
/// There an identity is compared with any name of the certificate; here with the one kind of name that it looks like. That
/// is the same for what Fulcio issues, which has one name.
enum ImportedIdentity {
    /// A signer, and how it is narrower than the original; or why it can't be said.
    enum Result {
        case said(DraftIdentity, stricter: [String])
        case notSaid(String)
    }

    enum Wanted {
        case exactly(String)
        /// Found anywhere in the text, unless it is anchored.
        case regex(String)
    }

    static func identity(issuer: Wanted, subject: Wanted, trustedRoot: String?) -> Result {
        var stricter: [String] = []
        let issuerText: String
        switch issuer {
        case .exactly(let text): issuerText = text
        case .regex(let pattern):
            guard let text = literal(pattern) else {
                return .notSaid("`issuerRegExp` is more than one issuer, and issuers are never patterns")
            }
            issuerText = text
            stricter.append("`issuerRegExp` is taken as the one issuer \(Finding.quoted(text))")
        }
        guard isIssuer(issuerText) else {
            return .notSaid("no certificate has the issuer \(Finding.quoted(issuerText))")
        }
        let text: DraftIdentity.Text
        switch subject {
        case .exactly(let name):
            // A literal here, and nothing that a pattern would make more of.
            guard let glob = try? Glob(name), glob.isLiteral else {
                return .notSaid("\(Finding.quoted(name)) would be read as a pattern")
            }
            text = .literal(name)
        case .regex(let pattern):
            let inner = unanchored(pattern)
            guard (try? BoundedRegex(inner)) != nil else {
                return .notSaid("\(Finding.quoted(pattern)) is no expression that `insecureRegex` has")
            }
            text = .regex(inner)
            stricter.append(
                "`subjectRegExp` has to account for the whole name here, and needs a guardrail's permit where one matches"
            )
        }
        guard let kind = kind(of: text) else {
            return .notSaid("\(Finding.quoted(text.value)) is neither a URI nor an e-mail address")
        }
        return .said(
            DraftIdentity(kind: kind, text: text, issuer: issuerText, trustedRoot: trustedRoot), stricter: stricter)
    }

    /// Which of the names it looks like: a user's name is neither.
    private static func kind(of text: DraftIdentity.Text) -> DraftIdentity.Kind? {
        let bytes = Array(text.value.utf8)
        if bytes.indices.contains(where: { bytes[$0...].starts(with: "://".utf8) }) { return .uri }
        if case .regex = text, bytes.indices.contains(where: { bytes[$0...].starts(with: ":\\/\\/".utf8) }) {
            return .uri
        }
        return bytes.contains(UInt8(ascii: "@")) ? .email : nil
    }

    /// As the policy's reader takes it.
    private static func isIssuer(_ text: String) -> Bool {
        let lower = text.lowercased()
        let scheme = ["https://", "http://"].first { lower.utf8.starts(with: $0.utf8) }
        return !text.isEmpty && (scheme.map { text.utf8.starts(with: $0.utf8) } ?? true)
            && !text.utf8.contains { $0 <= 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "*") }
    }

    /// The expression without the anchors at its ends.
    private static func unanchored(_ pattern: String) -> String {
        var bytes = Array(pattern.utf8)[...]
        if bytes.first == UInt8(ascii: "^") { bytes = bytes.dropFirst() }
        if bytes.last == UInt8(ascii: "$"), bytes.dropLast().last != UInt8(ascii: "\\") { bytes = bytes.dropLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The one text that an expression is written for; a dot without a backslash is meant as a dot. Nil for any other.
    private static func literal(_ pattern: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(unanchored(pattern).utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\") {
                guard let next = rest.popFirst(), "./-".utf8.contains(next) else { return nil }
                bytes.append(next)
            } else {
                guard !"^$*+?()[]{}|".utf8.contains(byte) else { return nil }
                bytes.append(byte)
            }
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}

extension DraftIdentity.Text {
    fileprivate var value: String {
        switch self {
        case .literal(let text), .regex(let text): text
        }
    }
}

extension ImportedIdentity {
    /// Under which root certificates of an own authority count: whoever runs the policy gives one of this name.
    static let ownRoot = "own-fulcio"
}
