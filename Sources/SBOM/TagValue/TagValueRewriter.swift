import StrictEncoding

/// Writes SPDX 2's tag-value form in its JSON form.
///
/// Tags belong to the element that a tag before them began, a relationship to the document wherever it stands. Tags that
/// are not read are skipped with their text.
struct TagValueRewriter {
    /// Offset of what is not read yet.
    private var rest = 0
    /// Number of the line at `rest`.
    private var line = 1
    private let bytes: [UInt8]
    /// What the tags belong to.
    private var element = Element.document

    private var header = RewrittenDocument()
    private var creationInfo = RewrittenDocument()
    private var creators = RewrittenDocument()
    private var packages = RewrittenDocument()
    private var files = RewrittenDocument()
    private var relationships = RewrittenDocument()
    /// Lists of the package that is open.
    private var checksums = RewrittenDocument()
    private var externalRefs = RewrittenDocument()

    private enum Element { case document, package, file, other }

    static func rewrite(_ bytes: [UInt8]) throws(SBOMError) -> RewrittenDocument {
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            let before = bytes.prefix(error.byteOffsets.lowerBound)
            throw .malformedTagValue(
                "expected UTF-8, found something else", line: 1 + before.count { $0 == UInt8(ascii: "\n") })
        }
        var rewriter = TagValueRewriter(bytes: bytes)
        while let (tag, value) = try rewriter.next() { try rewriter.carry(tag, value) }
        return rewriter.finished()
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        if bytes.starts(with: mark) { rest = mark.count }
    }

    /// The whole, from its parts.
    private consuming func finished() -> RewrittenDocument {
        closeElement()
        var document = RewrittenDocument()
        document.append("{")
        document.append(header)
        if !header.text.isEmpty { document.append(",") }
        document.append(#""creationInfo":{"#)
        document.append(creationInfo)
        if !creationInfo.text.isEmpty { document.append(",") }
        document.append(#""creators":["#)
        document.append(creators)
        document.append(#"]},"packages":["#)
        document.append(packages)
        document.append(#"],"files":["#)
        document.append(files)
        document.append(#"],"relationships":["#)
        document.append(relationships)
        document.append("]}")
        return document
    }
}

// MARK: Lines

extension TagValueRewriter {
    /// The next tag and its value; nil at the end.
    private mutating func next() throws(SBOMError) -> (tag: String, value: ArraySlice<UInt8>)? {
        while rest < bytes.count {
            let content = Self.trimmed(takeLine())
            if content.isEmpty || content.first == UInt8(ascii: "#") { continue }
            guard let colon = content.firstIndex(of: UInt8(ascii: ":")) else {
                throw .malformedTagValue("expected `Tag: value`, found no colon", line: line - 1)
            }
            let tag = String(decoding: content[..<colon].prefix(64), as: UTF8.self)
            let value = Self.trimmed(content[(colon + 1)...])
            let opening = Array("<text>".utf8)
            guard value.starts(with: opening) else { return (tag, value) }
            return (tag, try text(from: value.startIndex + opening.count))
        }
        return nil
    }

    /// The line that begins at ``rest``, without its end; ``line`` is then the number of the next one.
    private mutating func takeLine() -> ArraySlice<UInt8> {
        let end = bytes[rest...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        defer {
            rest = min(end + 1, bytes.count)
            line += 1
        }
        return bytes[rest..<end]
    }

    /// What stands between `<text>` and `</text>`, over lines.
    private mutating func text(from start: Int) throws(SBOMError) -> ArraySlice<UInt8> {
        let closing = Array("</text>".utf8)
        let first = line - 1
        var at = start
        while let less = bytes[at...].firstIndex(of: UInt8(ascii: "<")) {
            if bytes[less...].starts(with: closing) {
                line += bytes[rest..<max(rest, less)].count { $0 == UInt8(ascii: "\n") }
                rest = max(rest, less)
                // What follows on the line says nothing.
                if rest == less { _ = takeLine() }
                return bytes[start..<less]
            }
            at = less + 1
        }
        throw .malformedTagValue("expected `</text>`, found the end", line: first)
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
        let start = text.firstIndex { !isSpace($0) } ?? text.endIndex
        let end = text.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? start
        return text[start..<end]
    }
}

// MARK: Tags

extension TagValueRewriter {
    /// Tags that are one member of the JSON form, by the element that they belong to.
    private static let documentMembers: [String: StaticString] = [
        "SPDXVersion": #""spdxVersion":"#, "DataLicense": #""dataLicense":"#, "DocumentName": #""name":"#,
        "DocumentNamespace": #""documentNamespace":"#,
    ]
    private static let packageMembers: [String: StaticString] = [
        "PackageVersion": #""versionInfo":"#, "PackageSupplier": #""supplier":"#,
        "PackageOriginator": #""originator":"#, "PackageLicenseConcluded": #""licenseConcluded":"#,
        "PackageLicenseDeclared": #""licenseDeclared":"#, "PrimaryPackagePurpose": #""primaryPackagePurpose":"#,
    ]

    private mutating func carry(_ tag: String, _ value: ArraySlice<UInt8>) throws(SBOMError) {
        if let member = Self.documentMembers[tag] { return Self.append(member, value, to: &header, line - 1) }
        if let member = Self.packageMembers[tag] {
            try requirePackage(tag)
            return Self.append(member, value, to: &packages, line - 1)
        }
        switch tag {
        case "SPDXID":
            switch element {
            case .document: Self.append(#""SPDXID":"#, value, to: &header, line - 1)
            case .package: Self.append(#""SPDXID":"#, value, to: &packages, line - 1)
            case .file: Self.append(#""SPDXID":"#, value, to: &files, line - 1)
            case .other: break
            }
        case "Created": Self.append(#""created":"#, value, to: &creationInfo, line - 1)
        case "Creator": Self.appendElement(value, to: &creators, line - 1)
        case "PackageName":
            closeElement()
            element = .package
            if !packages.text.isEmpty { packages.append(",") }
            packages.mark(line: line - 1)
            packages.append(#"{"name":"#)
            packages.append(string: value)
        case "FileName":
            closeElement()
            element = .file
            if !files.text.isEmpty { files.append(",") }
            files.mark(line: line - 1)
            files.append(#"{"fileName":"#)
            files.append(string: value)
        case "SnippetSPDXID", "LicenseID":
            closeElement()
            element = .other
        case "PackageChecksum":
            try requirePackage(tag)
            try checksum(value)
        case "ExternalRef":
            try requirePackage(tag)
            let parts = Self.words(value, 3)
            guard parts.count == 3 else {
                throw .malformedTagValue("expected a category, a type and a locator, found less", line: line - 1)
            }
            Self.appendObject(
                [
                    (#""referenceCategory":"#, parts[0]), (#""referenceType":"#, parts[1]),
                    (#""referenceLocator":"#, parts[2]),
                ], to: &externalRefs, line - 1)
        case "Relationship":
            let parts = Self.words(value, 4)
            guard parts.count >= 3 else {
                throw .malformedTagValue("expected two identifiers and a type between them, found less", line: line - 1)
            }
            Self.appendObject(
                [
                    (#""spdxElementId":"#, parts[0]), (#""relationshipType":"#, parts[1]),
                    (#""relatedSpdxElement":"#, parts[2]),
                ], to: &relationships, line - 1)
        default: break
        }
    }

    private func requirePackage(_ tag: String) throws(SBOMError) {
        guard element == .package else {
            throw .malformedTagValue("expected `PackageName` before `\(tag)`, found none", line: line - 1)
        }
    }

    /// `SHA256: 0123…`
    private mutating func checksum(_ value: ArraySlice<UInt8>) throws(SBOMError) {
        guard let colon = value.firstIndex(of: UInt8(ascii: ":")) else {
            throw .malformedTagValue("expected an algorithm, a colon and a hash, found no colon", line: line - 1)
        }
        Self.appendObject(
            [
                (#""algorithm":"#, Self.trimmed(value[..<colon])),
                (#""checksumValue":"#, Self.trimmed(value[(colon + 1)...])),
            ], to: &checksums, line - 1)
    }

    /// Ends the element that is open, with the lists that were gathered for it.
    private mutating func closeElement() {
        switch element {
        case .package:
            packages.append(#","checksums":["#)
            packages.append(checksums)
            packages.append(#"],"externalRefs":["#)
            packages.append(externalRefs)
            packages.append("]}")
            checksums = RewrittenDocument()
            externalRefs = RewrittenDocument()
        case .file: files.append("}")
        case .document, .other: break
        }
        element = .other
    }

    // MARK: Parts of the JSON form

    private static func append(
        _ member: StaticString, _ value: ArraySlice<UInt8>, to part: inout RewrittenDocument, _ line: Int
    ) {
        if !part.text.isEmpty { part.append(",") }
        part.mark(line: line)
        part.append(member)
        part.append(string: value)
    }

    private static func appendElement(_ value: ArraySlice<UInt8>, to part: inout RewrittenDocument, _ line: Int) {
        append("", value, to: &part, line)
    }

    private static func appendObject(
        _ members: [(StaticString, ArraySlice<UInt8>)], to part: inout RewrittenDocument, _ line: Int
    ) {
        if !part.text.isEmpty { part.append(",") }
        part.mark(line: line)
        part.append("{")
        for (position, (member, value)) in members.enumerated() {
            if position > 0 { part.append(",") }
            part.append(member)
            part.append(string: value)
        }
        part.append("}")
    }

    /// The first words, the last of them with all that follows.
    private static func words(_ text: ArraySlice<UInt8>, _ count: Int) -> [ArraySlice<UInt8>] {
        text.split(maxSplits: count - 1, omittingEmptySubsequences: true) { $0 == 0x20 || $0 == 0x09 }.map(trimmed)
    }
}
