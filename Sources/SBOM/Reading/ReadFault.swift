import StrictEncoding

/// What a reader of values refuses, by the value's position; ``SBOMError`` tells the place.
struct ReadFault: Error {
    enum Cause {
        case missing(field: String)
        case wrongKind(expected: String)
        case invalidValue(expected: String)
        case unsupportedVersion(SBOMFormat)
        case duplicateIdentifier
        case tooMany(SBOMError.Counted, limit: Int)
    }

    var cause: Cause
    var position: JSONPosition

    init(_ cause: Cause, _ position: JSONPosition) {
        self.cause = cause
        self.position = position
    }

    /// The error as told, `place` being that of the position.
    func error(in tape: borrowing JSONTape, at place: DocumentPlace) -> SBOMError {
        switch cause {
        case .missing(let field): .missing(field: field, at: place)
        case .wrongKind(let expected): .wrongKind(expected: expected, at: place)
        case .invalidValue(let expected): .invalidValue(expected: expected, found: found(in: tape), at: place)
        case .unsupportedVersion(let format): .unsupportedVersion(format, found: found(in: tape), at: place)
        case .duplicateIdentifier: .duplicateIdentifier(found(in: tape), at: place)
        case .tooMany(let counted, let limit): .tooMany(counted, limit: limit, at: place)
        }
    }

    private func found(in tape: borrowing JSONTape) -> String {
        let text = tape.text(position)
        // Nobody reads more of it, and it can be the whole document.
        if text.isPresent { return String(tape.string(text).unicodeScalars.prefix(100)) }
        return tape.kind(position).noun
    }
}

extension JSONValue.Kind {
    var noun: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension UInt8 {
    /// Of either case.
    var isHexDigit: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
        default: false
        }
    }
}

// MARK: Values of the kind that the specification says

extension JSONTape {
    @inline(__always)
    func requireText(_ position: JSONPosition) throws(ReadFault) -> JSONText {
        let text = text(position)
        guard text.isPresent else { throw ReadFault(.wrongKind(expected: "a string"), position) }
        return text
    }

    /// A string that says something.
    @inline(__always)
    func requireContent(_ position: JSONPosition) throws(ReadFault) -> JSONText {
        let text = try requireText(position)
        guard text.count > 0 else { throw ReadFault(.invalidValue(expected: "a string that is not empty"), position) }
        return text
    }

    @inline(__always)
    func requireObject(_ position: JSONPosition) throws(ReadFault) {
        guard kind(position) == .object else { throw ReadFault(.wrongKind(expected: "an object"), position) }
    }

    @inline(__always)
    func requireArray(_ position: JSONPosition) throws(ReadFault) -> JSONElements {
        guard kind(position) == .array else { throw ReadFault(.wrongKind(expected: "an array"), position) }
        return elements(position)
    }

    /// Hexadecimal digits of either case, of one of these numbers; none for any number.
    func requireHex(_ position: JSONPosition, lengths: [Int]) throws(ReadFault) -> JSONText {
        let text = try requireText(position)
        let isHex = isHex(text) && (lengths.isEmpty ? text.count > 0 : lengths.contains(text.count))
        guard isHex else { throw ReadFault(.invalidValue(expected: "a hash in hexadecimal digits"), position) }
        return text
    }
}
