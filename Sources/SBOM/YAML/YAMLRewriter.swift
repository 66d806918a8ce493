import YAML

/// Writes SPDX's YAML in its JSON form.
///
/// The specification defines it as its JSON in YAML. Anchors, aliases, tags and directives are refused: they make one text
/// stand for another. Plain scalars are strings, whatever YAML would take them for, except `null`, `~`, `true` and `false`:
/// where SPDX has a number or a date nothing is read but its text.
struct YAMLRewriter {
    private var document = RewrittenDocument()
    private var levels: [Level] = []
    private let depth: Int

    private struct Level {
        var isMapping: Bool
        /// Keys and values, or elements, that were written.
        var count = 0
    }

    /// libyaml's time is quadratic in the levels of nesting; SPDX needs five.
    private static let deepest = 32

    static func rewrite(_ bytes: [UInt8], limits: SBOMLimits) throws(SBOMError) -> RewrittenDocument {
        var rewriter = YAMLRewriter(depth: min(limits.depth, deepest))
        // There a scalar is a level too.
        try YAMLEvents.with(bytes, depth: rewriter.depth + 1) { events throws(SBOMError) in try rewriter.run(&events) }
        return rewriter.document
    }

    private init(depth: Int) { self.depth = depth }

    private mutating func run(_ events: inout YAMLEvents) throws(SBOMError) {
        var documents = 0
        while true {
            let event: YAMLEvent
            do throws(YAMLFault) { event = try events.next() } catch {
                throw .malformedYAML(error.message, line: error.line)
            }
            switch event.kind {
            case .streamEnd:
                guard documents == 1 else { throw .malformedYAML("no document", line: event.line) }
                return
            case .documentStart(let hasDirective):
                documents += 1
                guard documents == 1 else { throw .malformedYAML("more than one document", line: event.line) }
                guard !hasDirective else { throw .malformedYAML("a directive", line: event.line) }
            case .documentEnd: continue
            default: try node(event)
            }
        }
    }

    private mutating func node(_ event: YAMLEvent) throws(SBOMError) {
        let line = event.line
        guard !event.hasAnchor, !event.hasTag else { throw .malformedYAML("an anchor or a tag", line: line) }
        switch event.kind {
        case .mappingStart: try begin(isMapping: true, line)
        case .sequenceStart: try begin(isMapping: false, line)
        case .mappingEnd, .sequenceEnd: document.append(levels.popLast()?.isMapping == true ? "}" : "]")
        case .scalar(let text, let isPlain):
            let isKey = try separate(line)
            // An escape can make half a surrogate pair of it.
            guard let text else { throw .malformedYAML("a scalar that is no text", line: line) }
            if isPlain, !isKey, let literal = Self.literal(text) {
                document.append(literal)
            } else {
                document.append(string: text.utf8)
            }
        case .alias: throw .malformedYAML("an alias", line: line)
        case .documentStart, .documentEnd, .streamEnd: break
        }
    }

    private mutating func begin(isMapping: Bool, _ line: Int) throws(SBOMError) {
        guard levels.count < depth else { throw .tooDeep(limit: depth, at: .line(line)) }
        guard try !separate(line) else { throw .malformedYAML("a key that is no scalar", line: line) }
        levels.append(Level(isMapping: isMapping))
        document.append(isMapping ? "{" : "[")
    }

    /// What stands before a key, a value or an element. Whether it is a key.
    private mutating func separate(_ line: Int) throws(SBOMError) -> Bool {
        document.mark(line: line)
        guard let level = levels.last else { return false }
        levels[levels.count - 1].count += 1
        guard level.isMapping else {
            if level.count > 0 { document.append(",") }
            return false
        }
        if level.count % 2 == 1 { document.append(":") } else if level.count > 0 { document.append(",") }
        return level.count % 2 == 0
    }

    private static func literal(_ text: String) -> StaticString? {
        switch text {
        case "", "~", "null", "Null", "NULL": "null"
        case "true", "True", "TRUE": "true"
        case "false", "False", "FALSE": "false"
        default: nil
        }
    }
}
