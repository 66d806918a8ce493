import CLibYAML

/// One event of libyaml's parser (YAML 1.2.2 section 3.1.1, "Parse"): what stands in the text, before anything is
/// composed, resolved or expanded.
package struct YAMLEvent {
    package enum Kind {
        case documentStart(hasDirective: Bool)
        case documentEnd
        case mappingStart, mappingEnd
        case sequenceStart, sequenceEnd
        case alias
        /// Its text is validated UTF-8; nil where an escape made it something else.
        case scalar(String?, isPlain: Bool)
        case streamEnd
    }

    package let kind: Kind
    package let hasAnchor: Bool
    /// The anchor's name, or that of the one that an alias means; nil where it is no UTF-8.
    package let name: String?
    package let hasTag: Bool
    /// Where it begins. Lines and columns count from 1, columns in Unicode scalars.
    package let line: Int
    package let column: Int
}

/// Text that is not YAML, or too deep.
package struct YAMLFault: Error {
    /// Nothing is wrong but the number of levels.
    package private(set) var isTooDeep = false
    package let message: String
    /// What the parser was in the middle of, like `while scanning an alias`, and where that began.
    package let context: String
    package let contextLine: Int
    package let contextColumn: Int
    package let line: Int
    package let column: Int
}

/// Reads the events of a text one by one. After a fault or ``YAMLEvent/Kind/streamEnd`` there are none.
///
/// A wrapper of libyaml and nothing else. The parser expands nothing and resolves nothing, and its memory is in
/// proportion to the text, which the caller bounds. Its time is quadratic in the levels of nesting, so those are counted
/// here, and reading ends at the first that is one too many.
package struct YAMLEvents: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    /// False where there was not enough memory for a parser; the first event then is that fault.
    private let isReady: Bool
    private let depth: Int
    /// Collections that have begun and not ended.
    private var open = 0

    /// Calls `body` with the events of `bytes`, which have to be UTF-8.
    package static func with<Result, Failure>(
        _ bytes: [UInt8], depth: Int, _ body: (inout YAMLEvents) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try bytes.withUnsafeBufferPointer { buffer throws(Failure) in
            var events = YAMLEvents(buffer, depth: depth)
            return try body(&events)
        }
    }

    /// The parser keeps a pointer to the bytes, so ``with(_:_:)`` keeps them where they are.
    private init(_ bytes: UnsafeBufferPointer<UInt8>, depth: Int) {
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        isReady = yaml_parser_initialize(parser) == 1
        self.depth = depth
        guard isReady else { return }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        if isReady { yaml_parser_delete(parser) }
        parser.deallocate()
    }

    package mutating func next() throws(YAMLFault) -> YAMLEvent {
        guard isReady else { throw YAMLFault(message: "not enough memory") }
        while true {
            var event = yaml_event_t()
            guard yaml_parser_parse(parser, &event) == 1 else { throw YAMLFault(parser.pointee) }
            defer { yaml_event_delete(&event) }
            guard let event = YAMLEvent(event) else { continue }
            try count(event)
            return event
        }
    }

    /// The first node of a document is at level 1.
    private mutating func count(_ event: YAMLEvent) throws(YAMLFault) {
        var level = open
        switch event.kind {
        case .mappingStart, .sequenceStart:
            open += 1
            level = open
        case .mappingEnd, .sequenceEnd: open -= 1
        case .scalar, .alias: level += 1
        case .documentStart, .documentEnd, .streamEnd: break
        }
        guard level <= depth else { throw YAMLFault(tooDeep: event) }
    }
}

extension YAMLEvent {
    /// Nil for the start of the stream, which says nothing.
    fileprivate init?(_ event: yaml_event_t) {
        var anchor: UnsafeMutablePointer<yaml_char_t>?
        var tag: UnsafeMutablePointer<yaml_char_t>?
        var alias: UnsafeMutablePointer<yaml_char_t>?
        switch event.type {
        case YAML_DOCUMENT_START_EVENT:
            let start = event.data.document_start
            kind = .documentStart(
                hasDirective: start.version_directive != nil || start.tag_directives.start != start.tag_directives.end)
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        case YAML_MAPPING_START_EVENT:
            (anchor, tag) = (event.data.mapping_start.anchor, event.data.mapping_start.tag)
            kind = .mappingStart
        case YAML_MAPPING_END_EVENT: kind = .mappingEnd
        case YAML_SEQUENCE_START_EVENT:
            (anchor, tag) = (event.data.sequence_start.anchor, event.data.sequence_start.tag)
            kind = .sequenceStart
        case YAML_SEQUENCE_END_EVENT: kind = .sequenceEnd
        case YAML_ALIAS_EVENT:
            alias = event.data.alias.anchor
            kind = .alias
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            (anchor, tag) = (scalar.anchor, scalar.tag)
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            kind = .scalar(
                String(validating: bytes, as: UTF8.self),
                isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE || scalar.style == YAML_ANY_SCALAR_STYLE)
        case YAML_STREAM_END_EVENT, YAML_NO_EVENT: kind = .streamEnd
        default: return nil
        }
        hasAnchor = anchor != nil
        name = (anchor ?? alias).flatMap {
            String(validatingCString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
        }
        hasTag = tag != nil
        line = Int(clamping: event.start_mark.line) + 1
        column = Int(clamping: event.start_mark.column) + 1
    }
}

extension YAMLFault {
    fileprivate init(_ parser: yaml_parser_t) {
        message = parser.problem.map { String(cString: $0) } ?? "unreadable text"
        context = parser.context.map { String(cString: $0) } ?? ""
        contextLine = Int(clamping: parser.context_mark.line) + 1
        contextColumn = Int(clamping: parser.context_mark.column) + 1
        line = Int(clamping: parser.problem_mark.line) + 1
        column = Int(clamping: parser.problem_mark.column) + 1
    }

    fileprivate init(tooDeep event: YAMLEvent) {
        isTooDeep = true
        message = "too many levels"
        context = ""
        (contextLine, contextColumn, line, column) = (event.line, event.column, event.line, event.column)
    }

    fileprivate init(message: String) {
        self.message = message
        context = ""
        (contextLine, contextColumn, line, column) = (0, 0, 0, 0)
    }
}
