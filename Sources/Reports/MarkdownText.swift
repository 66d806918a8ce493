import Findings

/// Text from outside in GitHub's Markdown (GFM), so that it shows as itself: no HTML, no links, no mentions, no
/// references to issues or commits, no end of the cell or code that it stands in.
///
/// GitHub looks for mentions, links and commits in the finished page too, where no escape of Markdown's reaches, but
/// never in code. So everything that is not a plain word of a sentence is code.
enum MarkdownText {
    /// A sentence of ours with text from outside in it; what stands between backticks is shown as code.
    static func prose(_ text: String) -> String {
        let parts = Finding.escaped(text).split(separator: "`", omittingEmptySubsequences: false)
        // An odd backtick ends nothing: the words do without code then.
        let hasCode = parts.count % 2 == 1
        return parts.enumerated().map { position, part in
            hasCode && position % 2 == 1 ? code(String(part)) : words(part)
        }.joined(separator: hasCode ? "" : " ")
    }

    /// A name, a digest: all of it as code, also in a cell of a table. Backticks and bars stand as `\u{…}`.
    static func code(_ text: String) -> String {
        var out = ""
        for scalar in Finding.escaped(text).unicodeScalars {
            if scalar == "`" || scalar == "|" {
                out += "\\u{" + String(scalar.value, radix: 16) + "}"
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
        // Of nothing but spaces no code can be made.
        return out.allSatisfy { $0 == " " } ? out : "`\(out)`"
    }

    /// The same where Markdown is not read: on a line that begins with HTML.
    static func html(_ text: String) -> String {
        var out = ""
        for scalar in Finding.escaped(text).unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return "<code>\(out)</code>"
    }

    private static func words(_ text: Substring) -> String {
        text.split(separator: " ", omittingEmptySubsequences: false).map { word in
            isPlain(word) ? String(word) : code(String(word))
        }.joined(separator: " ")
    }

    /// Letters and the punctuation of sentences only: nothing that Markdown, or who looks through the finished page,
    /// takes for something else. A dot or colon inside a word could make a host or an emoji of it, digits an issue or a
    /// commit.
    private static func isPlain(_ word: Substring) -> Bool {
        let scalars = word.unicodeScalars
        let isWord = scalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                || ",.;:()'-?".unicodeScalars.contains(scalar)
        }
        let hasInnerMark = scalars.dropLast().contains { $0 == "." || $0 == ":" }
        let hasDigit = scalars.contains { ("0"..."9").contains($0) }
        let isHex = scalars.allSatisfy { $0.properties.isASCIIHexDigit }
        return isWord && !hasInnerMark && !(hasDigit && scalars.count >= 4) && !(isHex && scalars.count >= 7)
    }
}
