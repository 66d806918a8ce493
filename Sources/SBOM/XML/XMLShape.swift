/// How an element of an XML form is written in the JSON form of the same specification.
indirect enum XMLShape: Sendable {
    /// A string of the element's text, without white space around it.
    case text
    /// A boolean without quotes, written as XML Schema has it; any other text stays a string.
    case boolean
    /// A string of one of its attributes; null without it.
    case attribute(String)
    /// An object; its grammar is looked up by name, because grammars are recursive.
    case object(String)
    /// An array of what is inside, of elements of these names.
    case array([String: XMLItem])
    /// An array if the first element inside has this name, else an object.
    case arrayOrObject(item: String, XMLItem, object: String)
}

/// An element of an array, with an object of one member around it if the JSON form has that.
struct XMLItem: Sendable {
    var wrapper: String?
    var shape: XMLShape
}

/// The members of an object.
struct XMLObject: Sendable {
    enum Child: Sendable {
        case member(String, XMLShape)
        /// One of several elements in a row that are an array in the JSON form.
        case repeated(String, XMLShape)
    }

    /// Attributes that become members, by their names.
    var attributes: [String: String] = [:]
    /// Attributes that become members without quotes if they are decimal numbers.
    var numbers: [String: String] = [:]
    /// The member that the element's own text becomes.
    var content: String?
    var children: [String: Child] = [:]
}

/// The XML form of a format: its objects by name, and which of them the document is.
struct XMLGrammar: Sendable {
    var root: String
    var objects: [String: XMLObject]
}

extension XMLGrammar {
    /// CycloneDX's XML schemas 1.0 to 1.7, as far as it is read.
    static let cycloneDX = XMLGrammar(
        root: "bom",
        objects: [
            "bom": XMLObject(
                attributes: ["serialNumber": "serialNumber"], numbers: ["version": "version"],
                children: [
                    "metadata": .member("metadata", .object("metadata")),
                    "components": .member("components", .array(["component": XMLItem(shape: .object("component"))])),
                    "services": .member("services", .array(["service": XMLItem(shape: .object("service"))])),
                    "dependencies": .member(
                        "dependencies", .array(["dependency": XMLItem(shape: .object("dependency"))])),
                ]),
            "metadata": XMLObject(children: [
                "timestamp": .member("timestamp", .text),
                "lifecycles": .member("lifecycles", .array(["lifecycle": XMLItem(shape: .object("lifecycle"))])),
                "tools": .member(
                    "tools", .arrayOrObject(item: "tool", XMLItem(shape: .object("creator")), object: "tools")),
                "authors": .member("authors", .array(["author": XMLItem(shape: .object("creator"))])),
                "component": .member("component", .object("component")),
                "licenses": .member("licenses", licenses),
            ]),
            "lifecycle": XMLObject(children: ["phase": .member("phase", .text), "name": .member("name", .text)]),
            "tools": XMLObject(children: [
                "components": .member("components", .array(["component": XMLItem(shape: .object("creator"))])),
                "services": .member("services", .array(["service": XMLItem(shape: .object("creator"))])),
            ]),
            "creator": XMLObject(children: ["name": .member("name", .text), "version": .member("version", .text)]),
            "component": XMLObject(
                attributes: ["type": "type", "bom-ref": "bom-ref"],
                children: [
                    "supplier": .member("supplier", .object("creator")), "publisher": .member("publisher", .text),
                    "group": .member("group", .text), "name": .member("name", .text),
                    "version": .member("version", .text), "scope": .member("scope", .text),
                    "hashes": .member("hashes", .array(["hash": XMLItem(shape: .object("hash"))])),
                    "licenses": .member("licenses", licenses), "cpe": .member("cpe", .text),
                    "purl": .member("purl", .text), "pedigree": .member("pedigree", .object("pedigree")),
                    "evidence": .member("evidence", .object("evidence")),
                    "components": .member("components", .array(["component": XMLItem(shape: .object("component"))])),
                ]),
            "evidence": XMLObject(children: ["licenses": .member("licenses", licenses)]),
            "service": XMLObject(
                attributes: ["bom-ref": "bom-ref"],
                children: [
                    "provider": .member("provider", .object("creator")), "group": .member("group", .text),
                    "name": .member("name", .text), "version": .member("version", .text),
                    "endpoints": .member("endpoints", .array(["endpoint": XMLItem(shape: .text)])),
                    "authenticated": .member("authenticated", .boolean), "licenses": .member("licenses", licenses),
                    "services": .member("services", .array(["service": XMLItem(shape: .object("service"))])),
                ]),
            "hash": XMLObject(attributes: ["alg": "alg"], content: "content"),
            "license": XMLObject(
                attributes: ["acknowledgement": "acknowledgement"],
                children: [
                    "id": .member("id", .text), "name": .member("name", .text),
                    "text": .member("text", .object("attachment")),
                ]),
            "attachment": XMLObject(attributes: ["encoding": "encoding"]),
            "expression": XMLObject(attributes: ["acknowledgement": "acknowledgement"], content: "expression"),
            "expression-detailed": XMLObject(
                attributes: ["expression": "expression", "acknowledgement": "acknowledgement"]),
            "pedigree": XMLObject(children: [
                "patches": .member("patches", .array(["patch": XMLItem(shape: .object("patch"))]))
            ]),
            "patch": XMLObject(attributes: ["type": "type"]),
            "dependency": XMLObject(
                attributes: ["ref": "ref"],
                children: [
                    "dependency": .repeated("dependsOn", .attribute("ref")),
                    "provides": .repeated("provides", .attribute("ref")),
                ]),
        ])

    private static let licenses = XMLShape.array([
        "license": XMLItem(wrapper: "license", shape: .object("license")),
        "expression": XMLItem(shape: .object("expression")),
        "expression-detailed": XMLItem(shape: .object("expression-detailed")),
    ])

    /// SPDX 2's XML, which the specification defines as its JSON with elements for members, as far as it is read.
    static let spdx = XMLGrammar(
        root: "Document",
        objects: [
            "Document": XMLObject(children: [
                "spdxVersion": .member("spdxVersion", .text), "SPDXID": .member("SPDXID", .text),
                "dataLicense": .member("dataLicense", .text), "name": .member("name", .text),
                "documentNamespace": .member("documentNamespace", .text),
                "creationInfo": .member("creationInfo", .object("creationInfo")),
                "documentDescribes": .repeated("documentDescribes", .text),
                "packages": .repeated("packages", .object("package")), "files": .repeated("files", .object("file")),
                "relationships": .repeated("relationships", .object("relationship")),
            ]),
            "creationInfo": XMLObject(children: [
                "created": .member("created", .text), "creators": .repeated("creators", .text),
            ]),
            "package": XMLObject(children: [
                "name": .member("name", .text), "SPDXID": .member("SPDXID", .text),
                "versionInfo": .member("versionInfo", .text), "supplier": .member("supplier", .text),
                "originator": .member("originator", .text), "licenseDeclared": .member("licenseDeclared", .text),
                "licenseConcluded": .member("licenseConcluded", .text),
                "primaryPackagePurpose": .member("primaryPackagePurpose", .text),
                "checksums": .repeated("checksums", .object("checksum")),
                "externalRefs": .repeated("externalRefs", .object("externalRef")),
            ]),
            "checksum": XMLObject(children: [
                "algorithm": .member("algorithm", .text), "checksumValue": .member("checksumValue", .text),
            ]),
            "externalRef": XMLObject(children: [
                "referenceCategory": .member("referenceCategory", .text),
                "referenceType": .member("referenceType", .text),
                "referenceLocator": .member("referenceLocator", .text),
            ]),
            "file": XMLObject(children: ["SPDXID": .member("SPDXID", .text)]),
            "relationship": XMLObject(children: [
                "spdxElementId": .member("spdxElementId", .text),
                "relatedSpdxElement": .member("relatedSpdxElement", .text),
                "relationshipType": .member("relationshipType", .text),
            ]),
        ])
}
