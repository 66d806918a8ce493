import CLibYAML

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
        let outcome = bytes.withUnsafeBufferPointer { bytes -> Result<Void, SBOMError> in
            do throws(SBOMError) { return .success(try rewriter.run(bytes)) } catch { return .failure(error) }
        }
        try outcome.get()
        return rewriter.document
    }

    private init(depth: Int) { self.depth = depth }

    private mutating func run(_ bytes: UnsafeBufferPointer<UInt8>) throws(SBOMError) {
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else { throw .malformedYAML("not enough memory", line: 1) }
        defer { yaml_parser_delete(&parser) }
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
        var documents = 0
        while true {
            var event = yaml_event_t()
            guard yaml_parser_parse(&parser, &event) == 1 else {
                let problem = parser.problem.map { String(cString: $0) } ?? "unreadable text"
                throw .malformedYAML(problem, line: Int(clamping: parser.problem_mark.line) + 1)
            }
            defer { yaml_event_delete(&event) }
            let line = Int(clamping: event.start_mark.line) + 1
            switch event.type {
            case YAML_STREAM_END_EVENT, YAML_NO_EVENT:
                guard documents == 1 else { throw .malformedYAML("no document", line: line) }
                return
            case YAML_DOCUMENT_START_EVENT:
                documents += 1
                let start = event.data.document_start
                guard documents == 1 else { throw .malformedYAML("more than one document", line: line) }
                guard start.version_directive == nil, start.tag_directives.start == start.tag_directives.end else {
                    throw .malformedYAML("a directive", line: line)
                }
            default: try node(event, line)
            }
        }
    }

    private mutating func node(_ event: yaml_event_t, _ line: Int) throws(SBOMError) {
        switch event.type {
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            try begin(isMapping: true, isPlain: start.anchor == nil && start.tag == nil, line)
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            try begin(isMapping: false, isPlain: start.anchor == nil && start.tag == nil, line)
        case YAML_MAPPING_END_EVENT, YAML_SEQUENCE_END_EVENT:
            document.append(levels.popLast()?.isMapping == true ? "}" : "]")
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            guard scalar.anchor == nil, scalar.tag == nil else {
                throw .malformedYAML("an anchor or a tag", line: line)
            }
            let isKey = try separate(line)
            let text = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            // An escape can make half a surrogate pair of it.
            guard String(validating: text, as: UTF8.self) != nil else {
                throw .malformedYAML("a scalar that is no text", line: line)
            }
            let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE || scalar.style == YAML_ANY_SCALAR_STYLE
            if isPlain, !isKey, let literal = Self.literal(text) {
                document.append(literal)
            } else {
                document.append(string: text)
            }
        case YAML_ALIAS_EVENT: throw .malformedYAML("an alias", line: line)
        default: break
        }
    }

    private mutating func begin(isMapping: Bool, isPlain: Bool, _ line: Int) throws(SBOMError) {
        guard isPlain else { throw .malformedYAML("an anchor or a tag", line: line) }
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

    private static func literal(_ text: UnsafeBufferPointer<UInt8>) -> StaticString? {
        switch String(decoding: text, as: UTF8.self) {
        case "", "~", "null", "Null", "NULL": "null"
        case "true", "True", "TRUE": "true"
        case "false", "False", "FALSE": "false"
        default: nil
        }
    }
}
