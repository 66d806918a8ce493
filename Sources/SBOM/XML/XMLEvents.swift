import CExpat

/// Tells a rewriter the events of expat's run over a document without document type, entities, external references and processing instructions.
///
/// UTF-8, UTF-16, ISO-8859-1 and US-ASCII are read, as the document's first bytes and its declaration have it; expat gives
/// all of them in UTF-8. The five predefined entities and character references are text. Anything that could make a
/// document larger than it is, or fetch another, needs a document type declaration, and that ends the run.
enum XMLEvents {
    static func run(_ bytes: [UInt8], _ rewriter: XMLRewriter) throws(SBOMError) {
        guard let parser = XML_ParserCreateNS(nil, XML_Char(UInt8(ascii: " "))) else {
            throw .malformedXML(.notWellFormed("not enough memory"), line: 1)
        }
        defer { XML_ParserFree(parser) }
        let run = XMLRun(parser, rewriter)
        XML_SetUserData(parser, Unmanaged.passUnretained(run).toOpaque())
        XML_SetElementHandler(parser, beginElement, endElement)
        XML_SetCharacterDataHandler(parser, characterData)
        XML_SetProcessingInstructionHandler(parser, processingInstruction)
        XML_SetStartDoctypeDeclHandler(parser, startDocumentType)
        let status = bytes.withUnsafeBufferPointer { feed($0, to: parser, run) }
        if let fault = run.fault { throw fault }
        guard status == XML_STATUS_OK else {
            let problem = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) } ?? "unreadable text"
            throw .malformedXML(.notWellFormed(problem), line: run.line)
        }
        // The callbacks hold it by an unmanaged reference until here.
        withExtendedLifetime(run) {}
    }

    /// In portions as large as expat can count: of a token that does not end with its portion, expat 2.5 looks at the whole
    /// again with each further one (CVE-2023-52425).
    private static func feed(
        _ bytes: UnsafeBufferPointer<UInt8>, to parser: XML_Parser, _ run: XMLRun
    ) -> XML_Status {
        var at = 0
        while true {
            let count = min(bytes.count - at, Int(Int32.max))
            let isLast = at + count == bytes.count
            let portion = bytes.baseAddress.map { UnsafeRawPointer($0 + at).assumingMemoryBound(to: CChar.self) }
            let status = XML_Parse(parser, portion, Int32(count), isLast ? 1 : 0)
            if status != XML_STATUS_OK || isLast || run.fault != nil { return status }
            at += count
        }
    }
}

/// What the callbacks share.
private final class XMLRun {
    private let parser: XML_Parser
    let rewriter: XMLRewriter
    /// Why the run was ended.
    private(set) var fault: SBOMError?

    init(_ parser: XML_Parser, _ rewriter: XMLRewriter) {
        self.parser = parser
        self.rewriter = rewriter
    }

    var line: Int { Int(clamping: XML_GetCurrentLineNumber(parser)) }

    /// Nothing is told after the first fault, though expat may still call back once or twice.
    func tell(_ event: () throws(SBOMError) -> Void) {
        guard fault == nil else { return }
        do throws(SBOMError) { try event() } catch { end(error) }
    }

    func end(_ error: SBOMError) {
        guard fault == nil else { return }
        fault = error
        _ = XML_StopParser(parser, XML_FALSE)
    }

    static func of(_ userData: UnsafeMutableRawPointer?) -> XMLRun? {
        userData.map { Unmanaged<XMLRun>.fromOpaque($0).takeUnretainedValue() }
    }
}

private func beginElement(
    _ userData: UnsafeMutableRawPointer?, _ name: UnsafePointer<XML_Char>?,
    _ attributes: UnsafeMutablePointer<UnsafePointer<XML_Char>?>?
) {
    guard let run = XMLRun.of(userData), let name else { return }
    run.tell { () throws(SBOMError) in
        var pairs: [(name: String, value: String)] = []
        var next = attributes
        while let at = next, let name = at[0], let value = at[1] {
            pairs.append((String(cString: name), String(cString: value)))
            next = at + 2
        }
        try run.rewriter.begin(String(cString: name), attributes: pairs, line: run.line)
    }
}

private func endElement(_ userData: UnsafeMutableRawPointer?, _ name: UnsafePointer<XML_Char>?) {
    guard let run = XMLRun.of(userData) else { return }
    run.tell { () throws(SBOMError) in try run.rewriter.end() }
}

private func characterData(_ userData: UnsafeMutableRawPointer?, _ text: UnsafePointer<XML_Char>?, _ count: Int32) {
    guard let run = XMLRun.of(userData), let text, count > 0, run.fault == nil else { return }
    text.withMemoryRebound(to: UInt8.self, capacity: Int(count)) {
        run.rewriter.characters(UnsafeBufferPointer(start: $0, count: Int(count)))
    }
}

private func processingInstruction(
    _ userData: UnsafeMutableRawPointer?, _ target: UnsafePointer<XML_Char>?, _ data: UnsafePointer<XML_Char>?
) {
    guard let run = XMLRun.of(userData) else { return }
    run.end(.malformedXML(.processingInstruction, line: run.line))
}

private func startDocumentType(
    _ userData: UnsafeMutableRawPointer?, _ name: UnsafePointer<XML_Char>?, _ system: UnsafePointer<XML_Char>?,
    _ publicID: UnsafePointer<XML_Char>?, _ hasInternalSubset: Int32
) {
    guard let run = XMLRun.of(userData) else { return }
    run.end(.malformedXML(.documentType, line: run.line))
}
