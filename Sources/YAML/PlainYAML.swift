import Findings
package import StrictEncoding

/// YAML as other systems write it, as JSON values: the 1.2 core schema, with anchors, aliases and merge keys (`<<`) as
/// people use them to say a thing once.
///
/// What would let two readers see two things is refused: duplicate keys, tags, keys that are no strings. An alias costs
/// what it stands for, so that a short text can't expand without end.
package enum PlainYAML {
    /// Bounds on one stream of documents.
    package struct Limits: Sendable, Hashable {
        /// 16 MiB: a list of several thousand manifests.
        package var bytes: Int = 16 << 20
        /// Levels of nesting, those that aliases add included; Kubernetes' own types need 20.
        package var depth: Int = 64
        /// Values in all, each as often as aliases say it.
        package var nodes: Int = 1_000_000
        package var documents: Int = 10_000

        package init() {}
    }

    /// One document of a stream.
    package struct Document: Sendable {
        package let value: JSONTree
        /// Where it begins, from 1.
        package let line: Int
        /// Where the values of the keys that were asked for begin, by their pointers (RFC 6901); those that an alias
        /// stands for are left out.
        package let lines: [ExactString: Int]
    }

    /// The documents of a stream that are not empty, in order.
    ///
    /// - Parameter keys: of which members the lines are kept.
    package static func documents(
        _ bytes: [UInt8], limits: Limits = Limits(), keepingLinesOf keys: Set<ExactString> = []
    ) throws(PlainYAMLError) -> [Document] {
        guard bytes.count <= limits.bytes else { throw .tooLarge(limit: limits.bytes) }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .notText }
        return try YAMLEvents.with(bytes, depth: limits.depth) { events throws(PlainYAMLError) in
            var composer = Composer(limits: limits, keys: keys)
            return try composer.stream(&events)
        }
    }
}

/// Why a text is not read as YAML. Lines count from 1.
package enum PlainYAMLError: Error, Equatable, Sendable {
    case tooLarge(limit: Int)
    /// Not UTF-8.
    case notText
    case syntax(line: Int, problem: String)
    case tooDeep(line: Int, limit: Int)
    case tooManyValues(line: Int, limit: Int)
    case tooManyDocuments(limit: Int)
    case duplicateKey(line: Int, String)
    /// A key that is a list, a mapping, a number, a boolean or null.
    case key(line: Int)
    case tag(line: Int)
    /// An alias for what was not anchored before it in its document.
    case unknownAlias(line: Int)
    /// `<<` with something other than mappings.
    case merge(line: Int)

    package var message: String {
        switch self {
        case .tooLarge(let limit): "expected at most \(limit) bytes, found more"
        case .notText: "expected UTF-8, found something else"
        case .syntax(let line, let problem): "line \(line): expected YAML, found a fault: \(Finding.escaped(problem))"
        case .tooDeep(let line, let limit): "line \(line): expected at most \(limit) levels of nesting, found more"
        case .tooManyValues(let line, let limit):
            "line \(line): expected at most \(limit) values, aliases written out, found more"
        case .tooManyDocuments(let limit): "expected at most \(limit) documents, found more"
        case .duplicateKey(let line, let key):
            "line \(line): expected distinct keys, found \(Finding.quoted(key)) again"
        case .key(let line): "line \(line): expected a string as key, found something else"
        case .tag(let line): "line \(line): expected a value, found `!`, which begins a tag in YAML"
        case .unknownAlias(let line): "line \(line): expected an alias of something above it, found one of nothing"
        case .merge(let line): "line \(line): expected mappings under the merge key `<<`, found something else"
        }
    }
}

/// From events to values. Recursion is bounded by the levels that the events may have.
private struct Composer {
    /// A value with what it costs: how many values it is, written out, and how many levels.
    private struct Node {
        var value: JSONTree
        var count = 1
        var height = 1
    }

    private let limits: PlainYAML.Limits
    private let keys: Set<ExactString>
    private var anchors: [ExactString: Node] = [:]
    private var lines: [ExactString: Int] = [:]
    private var count = 0

    init(limits: PlainYAML.Limits, keys: Set<ExactString>) {
        self.limits = limits
        self.keys = keys
    }

    mutating func stream(_ events: inout YAMLEvents) throws(PlainYAMLError) -> [PlainYAML.Document] {
        var documents: [PlainYAML.Document] = []
        while true {
            let event = try next(&events)
            switch event.kind {
            case .streamEnd: return documents
            case .documentStart: continue
            case .documentEnd:
                anchors = [:]
                lines = [:]
            default:
                let node = try node(event, &events, at: "", level: 1)
                if node.value == .null { continue }
                guard documents.count < limits.documents else {
                    throw .tooManyDocuments(limit: limits.documents)
                }
                documents.append(PlainYAML.Document(value: node.value, line: event.line, lines: lines))
            }
        }
    }

    private func next(_ events: inout YAMLEvents) throws(PlainYAMLError) -> YAMLEvent {
        do throws(YAMLFault) { return try events.next() } catch {
            throw error.isTooDeep
                ? .tooDeep(line: error.line, limit: limits.depth) : .syntax(line: error.line, problem: error.message)
        }
    }

    private mutating func node(
        _ event: YAMLEvent, _ events: inout YAMLEvents, at pointer: String, level: Int
    ) throws(PlainYAMLError) -> Node {
        guard !event.hasTag else { throw .tag(line: event.line) }
        let node: Node
        switch event.kind {
        case .alias:
            guard let name = event.name, let anchored = anchors[ExactString(name)] else {
                throw .unknownAlias(line: event.line)
            }
            try spend(anchored.count, event)
            guard level - 1 + anchored.height <= limits.depth else {
                throw .tooDeep(line: event.line, limit: limits.depth)
            }
            return anchored
        case .scalar(let text, let isPlain):
            try spend(1, event)
            guard let text else { throw .notText }
            node = Node(value: isPlain ? Self.plain(text) : .string(text))
        case .sequenceStart: node = try sequence(event, &events, at: pointer, level: level)
        case .mappingStart: node = try mapping(event, &events, at: pointer, level: level)
        default: throw .syntax(line: event.line, problem: "a value is missing")
        }
        // Only what is whole can be meant by an alias: nothing holds itself.
        if event.hasAnchor, let name = event.name { anchors[ExactString(name)] = node }
        return node
    }

    private mutating func sequence(
        _ start: YAMLEvent, _ events: inout YAMLEvents, at pointer: String, level: Int
    ) throws(PlainYAMLError) -> Node {
        try spend(1, start)
        var whole = Node(value: .null)
        var elements: [JSONTree] = []
        while true {
            let event = try next(&events)
            if case .sequenceEnd = event.kind { break }
            let element = try node(event, &events, at: "\(pointer)/\(elements.count)", level: level + 1)
            elements.append(element.value)
            whole.count += element.count
            whole.height = max(whole.height, element.height + 1)
        }
        whole.value = .array(elements)
        return whole
    }

    private mutating func mapping(
        _ start: YAMLEvent, _ events: inout YAMLEvents, at pointer: String, level: Int
    ) throws(PlainYAMLError) -> Node {
        try spend(1, start)
        var whole = Node(value: .null)
        var members: [ExactString: JSONTree] = [:]
        var merged: [ExactString: JSONTree] = [:]
        var hasMerge = false
        while true {
            let event = try next(&events)
            if case .mappingEnd = event.kind { break }
            guard !event.hasTag else { throw .tag(line: event.line) }
            guard case .scalar(let text?, let isPlain) = event.kind,
                case .string(let key) = isPlain ? Self.plain(text) : .string(text)
            else { throw .key(line: event.line) }
            if event.hasAnchor, let name = event.name { anchors[ExactString(name)] = Node(value: .string(key)) }
            let name = ExactString(key)
            let place = pointer + "/" + Self.escaped(key)
            let first = try next(&events)
            let value = try node(first, &events, at: place, level: level + 1)
            whole.count += value.count
            whole.height = max(whole.height, value.height + 1)
            if isPlain, name == "<<" {
                guard !hasMerge else { throw .duplicateKey(line: event.line, key) }
                hasMerge = true
                merged = try Self.members(merging: value.value, line: event.line)
                continue
            }
            guard members.updateValue(value.value, forKey: name) == nil else {
                throw .duplicateKey(line: event.line, key)
            }
            if keys.contains(name) { lines[ExactString(place)] = first.line }
        }
        // What stands here counts before what is merged.
        whole.value = .object(merged.isEmpty ? members : members.merging(merged) { own, _ in own })
        return whole
    }

    /// Of several mappings an earlier one counts before a later one (YAML 1.1 "Merge Key Language-Independent Type").
    private static func members(merging value: JSONTree, line: Int) throws(PlainYAMLError) -> [ExactString: JSONTree] {
        let mappings: [JSONTree] = if case .array(let elements) = value { elements } else { [value] }
        var merged: [ExactString: JSONTree] = [:]
        for mapping in mappings {
            guard case .object(let members) = mapping else { throw .merge(line: line) }
            merged.merge(members) { earlier, _ in earlier }
        }
        return merged
    }

    private mutating func spend(_ values: Int, _ event: YAMLEvent) throws(PlainYAMLError) {
        guard values <= limits.nodes - count else {
            throw .tooManyValues(line: event.line, limit: limits.nodes)
        }
        count += values
    }

    /// A scalar without quotes (YAML 1.2.2 section 10.3.2). A number that JSON can't write stays text.
    private static func plain(_ text: String) -> JSONTree {
        switch ExactString(text) {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: break
        }
        guard let number = JSONNumber(literal: text) else { return .string(text) }
        if let integer = Int64(text), text != "-0" { return .integer(integer) }
        return .number(number)
    }

    /// One step of a pointer (RFC 6901 section 3).
    private static func escaped(_ key: String) -> String {
        key.replacing("~", with: "~0").replacing("/", with: "~1")
    }
}
