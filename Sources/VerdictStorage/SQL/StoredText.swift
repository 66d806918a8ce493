import Content

/// Text in a form that both databases can keep and index: without U+0000, which PostgreSQL has no place for, and of
/// bounded length, because its indexes refuse entries of more than some 2,700 bytes. A verdict that could not be stored
/// for the sake of one hostile name would hold up those stored with it.
///
/// Longer text is cut and ends in its SHA-256, so that it is still found by its whole. The record holds what was said.
package enum StoredText {
    package static func fit(_ text: String, _ limit: Int = 512) -> String {
        // The scan is over bytes: text without a zero byte within the limit is the rule and is returned as it is.
        var text = text
        let hasZero = text.withUTF8 { $0.contains(0) }
        guard hasZero || text.utf8.count > limit else { return text }
        let digest = "…" + Digest(of: Array(text.utf8)).description
        var kept = ""
        for scalar in text.unicodeScalars {
            let next = scalar == "\0" ? "\u{FFFD}" : scalar
            guard kept.utf8.count + UTF8.width(next) + digest.utf8.count <= limit else { break }
            kept.unicodeScalars.append(next)
        }
        return kept + digest
    }

    static func fit(_ text: String?, _ limit: Int = 512) -> String? { text.map { fit($0, limit) } }

    /// For values of facts and images, which are the longest.
    package static let longLimit = 1024
    /// For words such as verdicts and stages.
    static let wordLimit = 128
}
