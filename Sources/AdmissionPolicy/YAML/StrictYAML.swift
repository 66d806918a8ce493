import Findings
import YAML

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
        guard isText(bytes, file: file, limits: limits, problems) else { return [] }
        let composer = NodeComposer(file: file, allowsEmptyMappings: allowingEmptyMappings, problems: problems)
        var documents: [PolicyNode] = []
        do throws(YAMLFault) {
            try YAMLEvents.with(bytes, depth: limits.depth) { events throws(YAMLFault) in
                while let document = try composer.document(&events) { documents.append(document) }
            }
        } catch {
            report(error, file: file, limits, problems)
            return documents
        }
        if documents.isEmpty, problems.errors.isEmpty {
            problems.add(
                .policyFileEmpty, PolicyPlace(file: file, line: 0, column: 0), "expected a document, found none")
        }
        return documents
    }

    /// Checks the characters, before YAML is read from them.
    private static func isText(
        _ bytes: [UInt8], file: String, limits: Limits, _ problems: PolicyProblems
    ) -> Bool {
        let whole = PolicyPlace(file: file, line: 0, column: 0)
        guard bytes.count <= limits.bytes else {
            problems.add(
                .policyFileTooLarge, whole, "expected at most \(limits.bytes) bytes, found \(bytes.count)")
            return false
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            problems.add(.policyFileNotText, whole, "expected UTF-8, found something else")
            return false
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
        return problems.count == before
    }

    /// Control characters, characters that hide or reorder what a reviewer sees, and those that mean nothing to anyone
    /// else.
    static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x80 {
            return scalar.value < 0x20 && scalar != "\n" && scalar != "\r" && scalar != "\t" || scalar.value == 0x7F
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse: return true
        default: return false
        }
    }

    private static func report(
        _ fault: YAMLFault, file: String, _ limits: Limits, _ problems: PolicyProblems
    ) {
        let place = PolicyPlace(file: file, line: fault.line, column: fault.column)
        let begun = PolicyPlace(file: file, line: fault.contextLine, column: fault.contextColumn)
        if fault.isTooDeep {
            problems.add(
                .policyFileTooDeep, place, "expected at most \(limits.depth) levels of nesting, found more")
        } else if fault.context == "while scanning an alias" || fault.context == "while scanning an anchor" {
            // Most often a pattern without its quotes: `[*]`.
            NodeComposer.reportAnchor(at: begun, problems)
        } else if fault.context.hasSuffix("a tag") || fault.message.hasSuffix("tag handle") {
            NodeComposer.reportTag(at: begun, problems)
        } else {
            problems.add(.policyFileSyntax, place, "expected YAML, found a fault: \(fault.message)")
        }
    }
}

/// From the parser's events to nodes, refusing what policies may not hold. Nothing is ever expanded: an alias is an
/// event like any other, and an error.
private struct NodeComposer {
    let file: String
    let allowsEmptyMappings: Bool
    let problems: PolicyProblems

    /// The next document; nil after the last.
    func document(_ events: inout YAMLEvents) throws(YAMLFault) -> PolicyNode? {
        while true {
            let event = try events.next()
            switch event.kind {
            case .streamEnd: return nil
            case .documentStart(let hasDirective):
                if hasDirective {
                    problems.add(.policyFileDirective, place(event), "expected no directive, found one")
                }
                let root = try events.next()
                // Nothing between two markers, or after the last, is no document; `~` is one, and refused.
                if case .scalar(let text, isPlain: true) = root.kind, text?.isEmpty == true, !root.hasAnchor,
                    !root.hasTag
                {
                    continue
                }
                return try node(root, &events)
            default: continue
            }
        }
    }

    /// The content is `refused` after an error, which is then in `problems`. All events of the node are read.
    private func node(
        _ event: YAMLEvent, _ events: inout YAMLEvents
    ) throws(YAMLFault) -> PolicyNode {
        let place = place(event)
        let isAllowed = isAllowed(event)
        let content: PolicyNode.Content
        switch event.kind {
        case .mappingStart:
            content = try mapping(place, &events)
        case .sequenceStart:
            content = try sequence(place, &events)
        case .scalar(let text, let isPlain):
            if let scalar = isAllowed ? scalar(text, isPlain: isPlain, place) : nil {
                if scalar.kind == .null || scalar.text.isEmpty {
                    problems.add(.policyFileEmptyValue, place, "expected a value, found nothing")
                    content = .refused
                } else {
                    content = .scalar(scalar)
                }
            } else {
                content = .refused
            }
        default: content = .refused
        }
        return PolicyNode(isAllowed ? content : .refused, place: place)
    }

    private func sequence(
        _ place: PolicyPlace, _ events: inout YAMLEvents
    ) throws(YAMLFault) -> PolicyNode.Content {
        var items: [PolicyNode] = []
        while true {
            let event = try events.next()
            if case .sequenceEnd = event.kind { break }
            items.append(try node(event, &events))
        }
        guard !items.isEmpty else {
            problems.add(.policyFileEmptyValue, place, "expected at least one item, found an empty list")
            return .refused
        }
        return .sequence(items)
    }

    private func mapping(
        _ place: PolicyPlace, _ events: inout YAMLEvents
    ) throws(YAMLFault) -> PolicyNode.Content {
        var members: [PolicyNode.Member] = []
        var isEmpty = true
        var seen: Set<[UInt8]> = []
        while true {
            let event = try events.next()
            if case .mappingEnd = event.kind { break }
            isEmpty = false
            let keyPlace = self.place(event)
            let key = try key(event, &events)
            let value = try node(try events.next(), &events)
            guard let key else { continue }
            guard seen.insert(Array(key.utf8)).inserted else {
                problems.add(
                    .policyFileDuplicateKey, keyPlace, "expected distinct keys, found \(Finding.quoted(key)) again")
                continue
            }
            members.append(.init(key: key, place: keyPlace, value: value))
        }
        guard !isEmpty else {
            if allowsEmptyMappings { return .mapping([]) }
            problems.add(.policyFileEmptyValue, place, "expected at least one field, found an empty mapping")
            return .refused
        }
        return members.isEmpty ? .refused : .mapping(members)
    }

    private func key(_ event: YAMLEvent, _ events: inout YAMLEvents) throws(YAMLFault) -> String? {
        let place = place(event)
        let isAllowed = isAllowed(event)
        switch event.kind {
        case .scalar(let text, let isPlain):
            guard isAllowed, let key = scalar(text, isPlain: isPlain, place) else { return nil }
            guard key.kind == .string, !key.text.isEmpty else {
                problems.add(.policyFileKey, place, "expected a string as key, found \(key.kind.name)")
                return nil
            }
            guard !(isPlain && key.text.utf8.elementsEqual("<<".utf8)) else {
                problems.add(.policyFileAnchor, place, "expected a field, found the merge key `<<`")
                return nil
            }
            return key.text
        case .mappingStart, .sequenceStart:
            problems.add(.policyFileKey, place, "expected a string as key, found a list or a mapping")
            try skip(&events)
            return nil
        default: return nil
        }
    }

    /// Nil if its characters were refused.
    private func scalar(_ text: String?, isPlain: Bool, _ place: PolicyPlace) -> PolicyScalar? {
        // Escapes of a double-quoted scalar can name what may not stand in the file itself.
        guard let text, !text.unicodeScalars.contains(where: { StrictYAML.isForbidden($0) || $0 == "\r" }) else {
            problems.add(.policyFileNotText, place, "expected visible text, found an escaped control character")
            return nil
        }
        return PolicyScalar(text, isPlain: isPlain)
    }

    /// Reads to the end of the collection that has just begun, however deep it is.
    private func skip(_ events: inout YAMLEvents) throws(YAMLFault) {
        var open = 1
        while open > 0 {
            switch try events.next().kind {
            case .mappingStart, .sequenceStart: open += 1
            case .mappingEnd, .sequenceEnd: open -= 1
            case .streamEnd: return
            default: continue
            }
        }
    }

    /// Whether the node is itself, without anchor or tag, and no alias.
    private func isAllowed(_ event: YAMLEvent) -> Bool {
        if case .alias = event.kind {
            Self.reportAnchor(at: place(event), problems)
            return false
        }
        if event.hasAnchor { Self.reportAnchor(at: place(event), problems) }
        if event.hasTag { Self.reportTag(at: place(event), problems) }
        return !event.hasAnchor && !event.hasTag
    }

    static func reportAnchor(at place: PolicyPlace, _ problems: PolicyProblems) {
        problems.add(
            .policyFileAnchor, place,
            "expected a value, found `*` or `&`, which begins an alias or an anchor in YAML")
    }

    static func reportTag(at place: PolicyPlace, _ problems: PolicyProblems) {
        problems.add(.policyFileTag, place, "expected a value, found `!`, which begins a tag in YAML")
    }

    private func place(_ event: YAMLEvent) -> PolicyPlace {
        PolicyPlace(file: file, line: event.line, column: event.column)
    }
}
