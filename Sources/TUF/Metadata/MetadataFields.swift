import StrictEncoding

/// Reads the members of one object of a metadata file, and says which one is not as the specification has it.
///
/// Members that nobody asks for stay what they are: part of what is signed (section 4.1).
struct MetadataFields {
    let object: JSONObject
    /// Where the object stands, as in `signed.roles.root`.
    let path: String

    init(_ value: JSONValue?, at path: String) throws(MetadataFormatError) {
        guard let object = value?.object else { throw .expected("an object", at: path) }
        self.object = object
        self.path = path
    }

    func at(_ name: String) -> String { path + "." + name }

    func fields(_ name: String) throws(MetadataFormatError) -> MetadataFields {
        try MetadataFields(object[name], at: at(name))
    }

    func string(_ name: String) throws(MetadataFormatError) -> String {
        guard let text = object[name]?.string else { throw .expected("a string", at: at(name)) }
        return text
    }

    /// An integer from `least` on; one with a fraction, an exponent or too many digits is none.
    func integer(_ name: String, from least: Int) throws(MetadataFormatError) -> Int {
        guard let number = object[name]?.int, number >= least else {
            throw .expected("an integer of at least \(least)", at: at(name))
        }
        return number
    }

    func bool(_ name: String, ifAbsent standard: Bool) throws(MetadataFormatError) -> Bool {
        guard let value = object[name] else { return standard }
        guard let flag = value.bool else { throw .expected("true or false", at: at(name)) }
        return flag
    }

    func strings(_ name: String) throws(MetadataFormatError) -> [String] {
        guard let array = object[name]?.array else { throw .expected("an array", at: at(name)) }
        var strings: [String] = []
        strings.reserveCapacity(array.count)
        for element in array {
            guard let text = element.string else { throw .expected("strings only", at: at(name)) }
            strings.append(text)
        }
        return strings
    }
}
