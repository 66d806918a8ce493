import Content
import Findings
import OCI
import StrictEncoding

/// Reads fields and values out of a document's nodes. Every function that gives nil has said why in ``problems``, and
/// reading goes on beside it.
package struct DocumentReader {
    package let problems: PolicyProblems

    package init(problems: PolicyProblems) { self.problems = problems }

    /// The fields of a mapping, checked against the list: none unknown, none missing.
    package struct Fields {
        package let place: PolicyPlace
        fileprivate let members: [ExactString: PolicyNode]

        package subscript(_ key: String) -> PolicyNode? { members[ExactString(key)] }
    }

    package func fields(of node: PolicyNode?, _ list: FieldList) -> Fields? {
        guard let node = present(node) else { return nil }
        guard case .mapping(let members) = node.content else {
            problems.add(
                .policyFileWrongType, node.place, "expected \(list.name) as a mapping, found \(node.kindName)")
            return nil
        }
        let unknown = members.filter { member in !list.all.contains { $0.utf8.elementsEqual(member.key.utf8) } }
        for member in unknown { reportUnknown(member, list) }
        let fields = Fields(
            place: node.place,
            members: Dictionary(members.map { (ExactString($0.key), $0.value) }) { first, _ in first })
        for key in list.required where fields[key] == nil {
            problems.add(
                .policyFileMissingField, node.place, "expected the field `\(key)` in \(list.name), found none",
                mend: "add `\(key)`; it has no default")
        }
        let given = list.exactlyOneOf.filter { fields[$0] != nil }
        // Where there is an unknown field and no kind, the unknown one is the kind that was meant.
        if !list.exactlyOneOf.isEmpty, given.count != 1 {
            guard !given.isEmpty || unknown.isEmpty else { return nil }
            let choice = list.exactlyOneOf.map { "`\($0)`" }.joined(separator: ", ")
            let found = given.isEmpty ? "none" : given.map { "`\($0)`" }.joined(separator: " and ")
            problems.add(
                .policyFileExactlyOne, node.place,
                list.exactlyOneOf.count == 1
                    ? "expected \(choice) in \(list.name), found \(found)"
                    : "expected exactly one of \(choice) in \(list.name), found \(found)")
            return nil
        }
        if !list.atLeastOneOf.isEmpty, !list.atLeastOneOf.contains(where: { fields[$0] != nil }) {
            let choice = list.atLeastOneOf.map { "`\($0)`" }.joined(separator: ", ")
            problems.add(
                .policyFileMissingField, node.place, "expected at least one of \(choice) in \(list.name), found none")
            return nil
        }
        return fields
    }

    private func reportUnknown(_ member: PolicyNode.Member, _ list: FieldList) {
        let key = Finding.quoted(member.key)
        if let reason = list.later[member.key] {
            problems.add(
                .policyFileNotSupportedYet, member.place,
                "found \(key) in \(list.name), which needs \(reason), and that is not there yet")
            return
        }
        let known = list.all.map { "`\($0)`" }.joined(separator: ", ")
        let mend = Spelling.closest(to: member.key, among: list.all).map { "did you mean `\($0)`?" }
        problems.add(
            .policyFileUnknownField, member.place, "expected one of \(known) in \(list.name), found \(key)",
            mend: mend)
    }
}

// MARK: Values

extension DocumentReader {
    /// The node, unless it was refused and reported already.
    package func present(_ node: PolicyNode?) -> PolicyNode? {
        if case .refused = node?.content { nil } else { node }
    }

    /// Text of a single line.
    package func string(_ node: PolicyNode?, _ what: String) -> String? {
        guard let node = present(node) else { return nil }
        guard case .scalar(let scalar) = node.content else {
            problems.add(.policyFileWrongType, node.place, "expected \(what) as a string, found \(node.kindName)")
            return nil
        }
        guard scalar.kind == .string else {
            problems.add(
                .policyFileWrongType, node.place,
                "expected \(what) as a string, found \(scalar.kind.name): \(Finding.quoted(scalar.text))",
                mend: "put it in quotes: \"\(scalar.text)\"")
            return nil
        }
        guard !scalar.text.utf8.contains(where: { $0 < 0x20 }) else {
            problems.add(.policyFileBadValue, node.place, "expected \(what) on a single line, found more")
            return nil
        }
        return scalar.text
    }

    package func integer(_ node: PolicyNode?, _ what: String, in range: ClosedRange<Int>) -> Int? {
        guard let node = present(node) else { return nil }
        guard case .scalar(let scalar) = node.content, scalar.kind == .integer else {
            problems.add(.policyFileWrongType, node.place, "expected \(what) as an integer, found \(node.kindName)")
            return nil
        }
        // Only plain decimal digits: other spellings of integers are read differently by different readers.
        guard scalar.text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), scalar.text.utf8.first != 0x30,
            let value = Int(scalar.text), range.contains(value)
        else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected \(what) from \(range.lowerBound) to \(range.upperBound), "
                    + "found \(Finding.quoted(scalar.text))")
            return nil
        }
        return value
    }

    /// `true` or `false`, spelt so: YAML 1.2 has other spellings.
    package func bool(_ node: PolicyNode?, _ what: String) -> Bool? {
        guard let node = present(node) else { return nil }
        guard case .scalar(let scalar) = node.content, scalar.kind == .bool else {
            problems.add(.policyFileWrongType, node.place, "expected \(what) as true or false, found \(node.kindName)")
            return nil
        }
        if scalar.text.utf8.elementsEqual("true".utf8) { return true }
        if scalar.text.utf8.elementsEqual("false".utf8) { return false }
        problems.add(
            .policyFileBadValue, node.place,
            "expected \(what) as `true` or `false`, found \(Finding.quoted(scalar.text))")
        return nil
    }

    /// A time of RFC 3339, which YAML 1.2 reads as text.
    func instant(_ node: PolicyNode?, _ what: String) -> Instant? {
        guard let node = present(node), let text = string(node, what) else { return nil }
        guard let instant = Instant(rfc3339: text) else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected \(what) as a time of RFC 3339, found \(Finding.quoted(text))",
                mend: "write it like `2026-11-20T09:00:00Z`")
            return nil
        }
        return instant
    }

    /// A name for documents, rules and signers, fit to be part of `source/policy#rule`.
    package func name(_ node: PolicyNode?, _ what: String) -> String? {
        guard let node = present(node), let text = string(node, what) else { return nil }
        guard Self.isName(text) else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected \(what) of 1 to 63 lower-case letters, digits, `-`, `_` and `.`, the first and last a "
                    + "letter or digit, found \(Finding.quoted(text))")
            return nil
        }
        return text
    }

    package static func isName(_ text: String) -> Bool {
        let isAlphanumeric = { (byte: UInt8) in (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last, bytes.count <= 63 else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && bytes.allSatisfy { isAlphanumeric($0) || [0x2D, 0x5F, 0x2E].contains($0) }
    }

    /// One of the words of an enumeration.
    package func word<Word: RawRepresentable & CaseIterable>(_ node: PolicyNode?, _ what: String, _ type: Word.Type)
        -> Word?
    where Word.RawValue == String {
        guard let node = present(node), let text = string(node, what) else { return nil }
        let words = Word.allCases.map(\.rawValue)
        guard let match = Word.allCases.first(where: { $0.rawValue.utf8.elementsEqual(text.utf8) }) else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected \(what) to be one of \(words.map { "`\($0)`" }.joined(separator: ", ")), "
                    + "found \(Finding.quoted(text))",
                mend: Spelling.closest(to: text, among: words).map { "did you mean `\($0)`?" })
            return nil
        }
        return match
    }

    /// Most items of a list: of patterns, digests and words.
    package static let mostItems = 1000
    /// Most rules in a list of them, and most signers. What one policy can cost a decision is bounded by these.
    static let mostRules = 200

    /// Whether a list or mapping of this many is within the limit.
    func isWithin(_ most: Int, _ count: Int, _ node: PolicyNode, _ what: String) -> Bool {
        guard count > most else { return true }
        problems.add(.policyFileTooMany, node.place, "expected at most \(most) items in \(what), found \(count)")
        return false
    }

    /// A list, each item of which is read by `item`; nil if there is no list or any item was refused.
    package func list<Item>(
        _ node: PolicyNode?, _ what: String, most: Int = mostItems, _ item: (PolicyNode) -> Item?
    ) -> [Item]? {
        guard let node = present(node) else { return nil }
        guard case .sequence(let nodes) = node.content else {
            problems.add(
                .policyFileWrongType, node.place, "expected \(what) as a list, found \(node.kindName)",
                mend: "write it as a list, also where it has one item: [item]")
            return nil
        }
        guard isWithin(most, nodes.count, node, what) else { return nil }
        let items = nodes.map(item)
        let read = items.compactMap { $0 }
        return read.count == items.count ? read : nil
    }

    /// A list of texts, no two the same.
    package func strings(_ node: PolicyNode?, _ what: String) -> [String]? {
        var seen: Set<ExactString> = []
        return list(node, what) { item in
            guard let text = string(item, what) else { return nil }
            return isNew(ExactString(text), item, &seen) ? text : nil
        }
    }

    package func words<Word: RawRepresentable & CaseIterable & Hashable>(
        _ node: PolicyNode?, _ what: String, _ type: Word.Type
    ) -> [Word]? where Word.RawValue == String {
        var seen: Set<Word> = []
        return list(node, what) { item in
            guard let word = word(item, what, type) else { return nil }
            return isNew(word, item, &seen) ? word : nil
        }
    }

    func glob(_ node: PolicyNode?, _ what: String) -> Glob? {
        guard let node = present(node), let text = string(node, what) else { return nil }
        do throws(GlobError) { return try Glob(text) } catch {
            problems.add(.policyFileBadValue, node.place, error.message)
            return nil
        }
    }

    /// A regular expression under the name that says what it is.
    func regex(_ node: PolicyNode?) -> BoundedRegex? {
        guard let node, let text = string(node, "`insecureRegex`") else { return nil }
        do throws(RegexError) { return try BoundedRegex(text) } catch {
            problems.add(.policyFileBadValue, node.place, error.message)
            return nil
        }
    }

    /// A list of patterns, no two the same.
    func globs(_ node: PolicyNode?, _ what: String) -> [Glob]? {
        var seen: Set<Glob> = []
        return list(node, what) { item -> Glob? in
            guard let glob = glob(item, what) else { return nil }
            return isNew(glob, item, &seen) ? glob : nil
        }
    }

    /// A list of digests, no two the same.
    func digests(_ node: PolicyNode?, _ what: String) -> [Digest]? {
        var seen: Set<Digest> = []
        return list(node, what) { item -> Digest? in
            guard let text = string(item, what) else { return nil }
            do throws(DigestError) {
                let digest = try Digest(text)
                return isNew(digest, item, &seen) ? digest : nil
            } catch {
                problems.add(.policyFileBadValue, item.place, error.message)
                return nil
            }
        }
    }

    package func isNew<Item: Hashable>(_ item: Item, _ node: PolicyNode, _ seen: inout Set<Item>) -> Bool {
        guard !seen.insert(item).inserted else { return true }
        problems.add(.policyFileTwice, node.place, "expected distinct items, found one again")
        return false
    }

    /// `os/architecture[/variant]`
    func platform(_ node: PolicyNode?, _ what: String) -> Platform? {
        guard let node = present(node), let text = string(node, what) else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let isPart = { (part: String) in
            !part.isEmpty
                && part.utf8.allSatisfy {
                    (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2E || $0 == 0x2D || $0 == 0x5F
                }
        }
        guard (2...3).contains(parts.count), parts.allSatisfy(isPart) else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected \(what) like `linux/amd64` or `linux/arm/v7`, found \(Finding.quoted(text))")
            return nil
        }
        return Platform(os: parts[0], architecture: parts[1], variant: parts.count == 3 ? parts[2] : nil)
    }

    /// A whole number and one of `s`, `m`, `h`, `d`: `90m`, `30d`. In seconds.
    package func duration(_ node: PolicyNode?, _ what: String) -> Int64? {
        guard let node = present(node) else { return nil }
        let units: [UInt8: Int64] = [0x73: 1, 0x6D: 60, 0x68: 3600, 0x64: 86400]
        // Nine digits of days are some two million years; nothing overflows.
        guard let text = string(node, what) else { return nil }
        let digits = text.utf8.dropLast()
        guard let unit = text.utf8.last.flatMap({ units[$0] }), (1...9).contains(digits.count),
            digits.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int64(String(Substring(digits))), count > 0
        else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected \(what) as a whole number above 0 and `s`, `m`, `h` or `d`, found \(Finding.quoted(text))",
                mend: "write it like `90m`, `12h` or `30d`")
            return nil
        }
        return count * unit
    }
}

/// Finds what somebody probably meant.
enum Spelling {
    /// The word that differs in case only, or else in at most two letters (one for short words).
    static func closest(to word: String, among words: [String]) -> String? {
        guard word.utf8.count <= 64 else { return nil }
        let lower = Array(word.lowercased().utf8)
        let distances = words.map { (word: $0, distance: distance(lower, Array($0.lowercased().utf8))) }
        guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= (best.word.utf8.count > 4 ? 2 : 1) ? best.word : nil
    }

    /// Levenshtein's.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let substituted = diagonal + (x == y ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
            }
        }
        return row[b.count]
    }
}
