import Findings
import Yams

/// YAML as policies are written in it: the 1.2 core schema without anything that makes a reader and the machine see
/// two things. Anchors, aliases, merge keys, tags, directives, duplicate keys, nulls and empty values are errors, each
/// with its place and what to write instead.
package enum StrictYAML {
    /// Bounds on one file.
    package struct Limits: Sendable, Hashable {
        /// 1 MiB: what Kubernetes stores of one object.
        package var bytes: Int = 1 << 20
        /// The policy language needs 9 levels.
        package var depth: Int = 32

        package init() {}
    }

    /// The documents of a file, in order, or what is wrong with it.
    ///
    /// - Throws: all errors that were found; at least one.
    package static func documents(
        _ bytes: [UInt8], file: String, limits: Limits = Limits()
    ) throws(PolicyLoadFailure) -> [PolicyNode] {
        let problems = PolicyProblems()
        let documents = documents(bytes, file: file, limits: limits, problems)
        guard problems.errors.isEmpty else { throw PolicyLoadFailure(problems.errors) }
        return documents
    }

    /// - Parameter allowingEmptyMappings: for files of other systems, in which `{}` says something.
    static func documents(
        _ bytes: [UInt8], file: String, limits: Limits, allowingEmptyMappings: Bool = false,
        _ problems: PolicyProblems
    ) -> [PolicyNode] {
        guard let text = text(bytes, file: file, limits: limits, problems) else { return [] }
        let conversion = NodeConversion(
            file: file, depth: limits.depth, allowsEmptyMappings: allowingEmptyMappings, problems: problems)
        var documents: [PolicyNode] = []
        do {
            // The encoding is given because the default one is read from an environment variable.
            // The basic resolver: kinds of scalars are told apart below, and the default one compiles a dozen regular
            // expressions, a fifth of the time that a whole `landwaiter verify` takes.
            let parser = try Parser(yaml: IndicatorMask.cover(text), resolver: .basic, encoding: .utf8)
            while let root = try parser.nextRoot() {
                documents.append(conversion.node(root, level: 1))
            }
        } catch {
            report(error, text: text, file: file, problems)
            return documents
        }
        if documents.isEmpty, problems.errors.isEmpty {
            problems.add(
                .policyFileEmpty, PolicyPlace(file: file, line: 0, column: 0), "expected a document, found none")
        }
        return documents
    }

    /// Checks the characters, before YAML is read from them.
    private static func text(
        _ bytes: [UInt8], file: String, limits: Limits, _ problems: PolicyProblems
    ) -> String? {
        let whole = PolicyPlace(file: file, line: 0, column: 0)
        guard bytes.count <= limits.bytes else {
            problems.add(
                .policyFileTooLarge, whole, "expected at most \(limits.bytes) bytes, found \(bytes.count)")
            return nil
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            problems.add(.policyFileNotText, whole, "expected UTF-8, found something else")
            return nil
        }
        let before = problems.count
        var line = 1
        var column = 1
        var lineStart = true
        var previous: Unicode.Scalar = "\n"
        for scalar in text.unicodeScalars {
            let place = PolicyPlace(file: file, line: line, column: column)
            if previous == "\r", scalar != "\n" {
                problems.add(.policyFileNotText, place, "expected a line feed after a carriage return, found none")
            } else if isForbidden(scalar) {
                let name = "U+" + String(scalar.value, radix: 16, uppercase: true)
                problems.add(.policyFileNotText, place, "expected visible text, found the character \(name)")
            } else if lineStart, scalar == "%" {
                problems.add(.policyFileDirective, place, "expected no directive, found a line that begins with `%`")
            }
            lineStart = scalar == "\n"
            (line, column) = lineStart ? (line + 1, 1) : (line, column + 1)
            previous = scalar
        }
        return problems.count == before ? text : nil
    }

    /// Control characters, and characters that hide or reorder what a reviewer sees. Private use is free for
    /// ``IndicatorMask``.
    static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x80 {
            return scalar.value < 0x20 && scalar != "\n" && scalar != "\r" && scalar != "\t" || scalar.value == 0x7F
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse: return true
        default: return false
        }
    }

    private static func report(_ error: any Error, text: String, file: String, _ problems: PolicyProblems) {
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            if problem.hasPrefix("Maximum nesting level") {
                let place = PolicyPlace(file: file, line: mark.line, column: mark.column)
                problems.add(.policyFileTooDeep, place, "expected few levels of nesting, found over 900")
            } else if let (indicator, place) = IndicatorMask.suspect(in: text, file: file, before: mark.line) {
                // What follows an anchor or a tag rarely parses once the indicator is covered; the indicator is the
                // better explanation.
                indicator.report(at: place, problems)
            } else {
                let place = PolicyPlace(file: file, line: mark.line, column: mark.column)
                problems.add(.policyFileSyntax, place, "expected YAML, found a fault: \(problem)")
            }
        case YamlError.duplicatedKeysInMapping(let keys, let context):
            let place = PolicyPlace(file: file, line: context.mark.line, column: context.mark.column)
            for key in keys {
                problems.add(
                    .policyFileDuplicateKey, place,
                    "expected distinct keys, found \(Finding.quoted(IndicatorMask.uncover(key))) more than once")
            }
        default:
            problems.add(
                .policyFileSyntax, PolicyPlace(file: file, line: 0, column: 0), "expected YAML, found a fault")
        }
    }
}

/// Hides `*`, `&` and `!` from the YAML library behind private-use characters.
///
/// The library expands aliases while it composes, and hashes keys it has expanded, so a small file could cost hours
/// ("billion laughs") before there is a tree in which an anchor could be seen. With the indicators covered there is no
/// anchor, alias or tag for it to act on: what would have been one comes back as a plain scalar that begins with a
/// covered indicator, and is refused there. Anywhere else the characters mean nothing to YAML and are uncovered again.
enum IndicatorMask: Unicode.Scalar, CaseIterable {
    case alias = "\u{E000}"
    case anchor = "\u{E001}"
    case tag = "\u{E002}"

    private var indicator: Unicode.Scalar {
        switch self {
        case .alias: "*"
        case .anchor: "&"
        case .tag: "!"
        }
    }

    static func cover(_ text: String) -> String {
        var covered = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            covered.append(allCases.first { $0.indicator == scalar }?.rawValue ?? scalar)
        }
        return String(covered)
    }

    static func uncover(_ text: String) -> String {
        var uncovered = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            uncovered.append(IndicatorMask(rawValue: scalar)?.indicator ?? scalar)
        }
        return String(uncovered)
    }

    func report(at place: PolicyPlace, _ problems: PolicyProblems) {
        switch self {
        case .alias, .anchor:
            problems.add(
                .policyFileAnchor, place,
                "expected a value, found `\(indicator)`, which begins an anchor or an alias in YAML")
        case .tag: problems.add(.policyFileTag, place, "expected a value, found `!`, which begins a tag in YAML")
        }
    }

    /// The first place, on the last line that was read or the one before, where an indicator would be one.
    static func suspect(in text: String, file: String, before line: Int) -> (IndicatorMask, PolicyPlace)? {
        let lines = text.split(separator: "\n", maxSplits: line, omittingEmptySubsequences: false)
        for number in max(line - 1, 1)...max(line, 1) where number <= lines.count {
            var previous: Unicode.Scalar = " "
            for (offset, scalar) in lines[number - 1].unicodeScalars.enumerated() {
                if " [{,".unicodeScalars.contains(previous),
                    let found = allCases.first(where: { $0.indicator == scalar })
                {
                    return (found, PolicyPlace(file: file, line: number, column: offset + 1))
                }
                previous = scalar
            }
        }
        return nil
    }
}

/// From the library's tree to ours, refusing what policies may not hold.
private struct NodeConversion {
    let file: String
    let depth: Int
    let allowsEmptyMappings: Bool
    let problems: PolicyProblems

    /// The content is `refused` after an error, which is then in `problems`.
    func node(_ node: Node, level: Int) -> PolicyNode {
        PolicyNode(content(node, level), place: place(node))
    }

    private func content(_ node: Node, _ level: Int) -> PolicyNode.Content {
        let place = place(node)
        guard level <= depth else {
            problems.add(.policyFileTooDeep, place, "expected at most \(depth) levels of nesting, found more")
            return .refused
        }
        switch node {
        case .mapping(let mapping): return self.mapping(mapping, place, level)
        case .sequence(let sequence):
            guard !sequence.isEmpty else {
                problems.add(.policyFileEmptyValue, place, "expected at least one item, found an empty list")
                return .refused
            }
            return .sequence(sequence.map { self.node($0, level: level + 1) })
        case .scalar(let scalar):
            guard let scalar = self.scalar(scalar, place) else { return .refused }
            guard scalar.kind != .null, !scalar.text.isEmpty else {
                problems.add(.policyFileEmptyValue, place, "expected a value, found nothing")
                return .refused
            }
            return .scalar(scalar)
        case .alias:
            IndicatorMask.alias.report(at: place, problems)
            return .refused
        }
    }

    private func mapping(_ mapping: Node.Mapping, _ place: PolicyPlace, _ level: Int) -> PolicyNode.Content {
        guard !mapping.isEmpty else {
            if allowsEmptyMappings { return .mapping([]) }
            problems.add(.policyFileEmptyValue, place, "expected at least one field, found an empty mapping")
            return .refused
        }
        var members: [PolicyNode.Member] = []
        var seen: Set<[UInt8]> = []
        for (keyNode, valueNode) in mapping {
            let value = node(valueNode, level: level + 1)
            guard let key = key(keyNode) else { continue }
            guard seen.insert(Array(key.utf8)).inserted else {
                problems.add(
                    .policyFileDuplicateKey, self.place(keyNode),
                    "expected distinct keys, found \(Finding.quoted(key)) again")
                continue
            }
            members.append(.init(key: key, place: self.place(keyNode), value: value))
        }
        return members.isEmpty ? .refused : .mapping(members)
    }

    private func key(_ node: Node) -> String? {
        let place = place(node)
        guard case .scalar(let scalar) = node else {
            problems.add(.policyFileKey, place, "expected a string as key, found a list or a mapping")
            return nil
        }
        guard let key = self.scalar(scalar, place) else { return nil }
        guard key.kind == .string, !key.text.isEmpty else {
            problems.add(.policyFileKey, place, "expected a string as key, found \(key.kind.name)")
            return nil
        }
        guard !(scalar.style == .plain && key.text.utf8.elementsEqual("<<".utf8)) else {
            problems.add(.policyFileAnchor, place, "expected a field, found the merge key `<<`")
            return nil
        }
        return key.text
    }

    private func scalar(_ scalar: Node.Scalar, _ place: PolicyPlace) -> PolicyScalar? {
        let isPlain = scalar.style == .plain || scalar.style == .any
        if isPlain, let first = scalar.string.unicodeScalars.first, let indicator = IndicatorMask(rawValue: first) {
            indicator.report(at: place, problems)
            return nil
        }
        let text = IndicatorMask.uncover(scalar.string)
        // Escapes of a double-quoted scalar can name what may not stand in the file itself.
        guard !text.unicodeScalars.contains(where: { StrictYAML.isForbidden($0) || $0 == "\r" }) else {
            problems.add(.policyFileNotText, place, "expected visible text, found an escaped control character")
            return nil
        }
        return PolicyScalar(text, isPlain: isPlain)
    }

    private func place(_ node: Node) -> PolicyPlace {
        PolicyPlace(file: file, line: node.mark?.line ?? 0, column: node.mark?.column ?? 0)
    }
}
