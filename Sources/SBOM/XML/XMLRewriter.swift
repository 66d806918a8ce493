/// Writes an XML document in the JSON form of its specification while it is parsed.
///
/// Elements that the grammar does not have, and those of other namespaces, are skipped with all that is in them.
///
/// A class because expat's callbacks share it.
final class XMLRewriter {
    private(set) var document = RewrittenDocument()
    private let limits: SBOMLimits
    private var grammar = XMLGrammar.cycloneDX
    /// Namespace of the document, with a space behind it; empty if it has none.
    private var namespace = ""
    private var frames: [Frame] = []
    /// Levels that are open in an element that is skipped.
    private var skipped = 0

    /// An element that is open.
    private struct Frame {
        enum Kind {
            case text
            case boolean
            case object(XMLObject)
            case array([String: XMLItem])
            case undecided(item: String, XMLItem, object: String)
            /// Written whole when it began.
            case done
        }

        var kind: Kind
        var isEmpty = true
        /// The array that repeated elements are being written to.
        var openArray: String?
        var text: [UInt8] = []
        /// Whether an object of one member is to be closed behind it.
        var isWrapped = false
    }

    init(limits: SBOMLimits) { self.limits = limits }

    /// The document's bytes, rewritten.
    static func rewrite(_ bytes: [UInt8], limits: SBOMLimits) throws(SBOMError) -> RewrittenDocument {
        let rewriter = XMLRewriter(limits: limits)
        try XMLEvents.run(bytes, rewriter)
        return rewriter.document
    }

    // MARK: Events

    /// An element begins. Its name and those of its attributes are `namespace local`, or `local` without a namespace.
    func begin(_ name: String, attributes: [(name: String, value: String)], line: Int) throws(SBOMError) {
        guard frames.count + skipped < limits.depth else { throw .tooDeep(limit: limits.depth, at: .line(line)) }
        guard skipped == 0 else {
            skipped += 1
            return
        }
        guard !frames.isEmpty else { return try beginDocument(name, attributes, line) }
        guard name.utf8.starts(with: namespace.utf8), let local = local(name) else {
            skipped = 1
            return
        }
        decide(local)
        switch frames[frames.count - 1].kind {
        case .object(let object):
            guard let child = object.children[local] else { break }
            document.mark(line: line)
            switch child {
            case .member(let name, let shape):
                separate(name)
                return open(shape, attributes)
            case .repeated(let name, let shape):
                separate(name, repeated: true)
                return open(shape, attributes)
            }
        case .array(let items):
            guard let item = items[local] else { break }
            document.mark(line: line)
            comma()
            if let wrapper = item.wrapper {
                document.append("{")
                document.append(string: wrapper.utf8)
                document.append(":")
            }
            open(item.shape, attributes)
            frames[frames.count - 1].isWrapped = item.wrapper != nil
            return
        case .text, .boolean, .undecided, .done: break
        }
        skipped = 1
    }

    /// The innermost element ends.
    func end() throws(SBOMError) {
        guard skipped == 0 else {
            skipped -= 1
            return
        }
        guard var frame = frames.popLast() else { return }
        switch frame.kind {
        case .text: document.append(string: Self.trimmed(frame.text))
        case .boolean: boolean(Self.trimmed(frame.text))
        case .object(let object):
            if frame.openArray != nil { document.append("]") }
            if let content = object.content {
                if !frame.isEmpty { document.append(",") }
                document.append(string: content.utf8)
                document.append(":")
                document.append(string: Self.trimmed(frame.text))
                frame.isEmpty = false
            }
            document.append("}")
        case .array: document.append("]")
        case .undecided: document.append("[]")
        case .done: break
        }
        if frame.isWrapped { document.append("}") }
    }

    /// A part of the text of the innermost element.
    func characters(_ text: UnsafeBufferPointer<UInt8>) {
        guard skipped == 0, let frame = frames.last else { return }
        switch frame.kind {
        case .text, .boolean: break
        case .object(let object) where object.content != nil: break
        default: return
        }
        frames[frames.count - 1].text.append(contentsOf: text)
    }

    // MARK: The document

    /// `http://cyclonedx.org/schema/bom/1.6 bom`, or SPDX's `Document`.
    private func beginDocument(
        _ name: String, _ attributes: [(name: String, value: String)], _ line: Int
    ) throws(SBOMError) {
        let parts = name.split(separator: " ", maxSplits: 1)
        let (uri, local) = parts.count == 2 ? (parts[0], parts[1]) : ("", parts.first ?? "")
        namespace = uri.isEmpty ? "" : uri + " "
        document.mark(line: line)
        let cycloneDX = "http://cyclonedx.org/schema/bom/"
        if local == "RDF", uri == "http://www.w3.org/1999/02/22-rdf-syntax-ns#" {
            throw .unsupportedFormat("SPDX in RDF/XML")
        } else if local == "bom", uri.utf8.starts(with: cycloneDX.utf8) {
            grammar = .cycloneDX
            document.append(#"{"bomFormat":"CycloneDX","specVersion":"#)
            document.append(string: uri.utf8.dropFirst(cycloneDX.utf8.count))
            push(grammar.root, attributes, isEmpty: false)
        } else if local == "Document", uri.isEmpty || uri == "http://spdx.org/rdf/terms#" {
            grammar = .spdx
            document.append("{")
            push(grammar.root, attributes, isEmpty: true)
        } else {
            throw .unrecognised
        }
    }

    private func local(_ name: String) -> String? {
        let local = name.utf8.dropFirst(namespace.utf8.count)
        // In a document without a namespace, one of a foreign namespace has a space in its name.
        return local.contains(UInt8(ascii: " ")) ? nil : String(Substring(local))
    }

    // MARK: Values

    private func open(_ shape: XMLShape, _ attributes: [(name: String, value: String)]) {
        switch shape {
        case .text: frames.append(Frame(kind: .text))
        case .boolean: frames.append(Frame(kind: .boolean))
        case .attribute(let name):
            if let value = attributes.first(where: { $0.name == name })?.value {
                document.append(string: value.utf8)
            } else {
                document.append("null")
            }
            frames.append(Frame(kind: .done))
        case .object(let name):
            document.append("{")
            push(name, attributes, isEmpty: true)
        case .array(let items):
            document.append("[")
            frames.append(Frame(kind: .array(items)))
        case .arrayOrObject(let item, let shape, let object):
            frames.append(Frame(kind: .undecided(item: item, shape, object: object)))
        }
    }

    /// XML Schema, part 2, section 3.2.2.1.
    private func boolean(_ text: ArraySlice<UInt8>) {
        if text.elementsEqual("true".utf8) || text.elementsEqual("1".utf8) {
            document.append("true")
        } else if text.elementsEqual("false".utf8) || text.elementsEqual("0".utf8) {
            document.append("false")
        } else {
            document.append(string: text)
        }
    }

    /// An object that is open, with its attributes.
    private func push(_ name: String, _ attributes: [(name: String, value: String)], isEmpty: Bool) {
        let object = grammar.objects[name] ?? XMLObject()
        frames.append(Frame(kind: .object(object), isEmpty: isEmpty))
        for (name, value) in attributes {
            if let member = object.attributes[name] {
                separate(member)
                document.append(string: value.utf8)
            } else if let member = object.numbers[name] {
                separate(member)
                if let number = Int(value), number >= 0 {
                    for byte in String(number).utf8 { document.append(byte: byte) }
                } else {
                    document.append(string: value.utf8)
                }
            }
        }
    }

    /// What was an array or an object is known by the first element in it.
    private func decide(_ first: String) {
        guard case .undecided(let item, let shape, let object) = frames[frames.count - 1].kind else { return }
        if first == item {
            document.append("[")
            frames[frames.count - 1].kind = .array([item: shape])
        } else {
            document.append("{")
            frames[frames.count - 1].kind = .object(grammar.objects[object] ?? XMLObject())
        }
    }

    private func comma() {
        if !frames[frames.count - 1].isEmpty { document.append(",") }
        frames[frames.count - 1].isEmpty = false
    }

    /// What stands before a member's value, or before one of the values of an array that the member is.
    private func separate(_ name: String, repeated: Bool = false) {
        let openArray = frames[frames.count - 1].openArray
        if repeated, openArray == name { return document.append(",") }
        if openArray != nil { document.append("]") }
        comma()
        document.append(string: name.utf8)
        document.append(repeated ? ":[" : ":")
        frames[frames.count - 1].openArray = repeated ? name : nil
    }

    /// Without the white space around it, which indentation leaves.
    private static func trimmed(_ text: [UInt8]) -> ArraySlice<UInt8> {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        let start = text.firstIndex { !isSpace($0) } ?? text.endIndex
        let end = text.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? start
        return text[start..<end]
    }
}
