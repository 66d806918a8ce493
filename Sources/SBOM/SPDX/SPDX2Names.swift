/// Names and values of SPDX 2.2 and 2.3 that a reader knows.
struct SPDX2Names: Sendable {
    enum Document {
        case spdxVersion, spdxID, dataLicense, name, documentNamespace, creationInfo, packages, relationships
        case documentDescribes, files
    }
    enum CreationInfo { case created, creators }
    enum Package {
        case name, spdxID, versionInfo, supplier, originator, checksums, externalRefs, licenseDeclared, licenseConcluded
        case primaryPackagePurpose
    }
    enum Checksum { case algorithm, checksumValue }
    enum ExternalRef { case referenceCategory, referenceType, referenceLocator }
    enum Relationship { case spdxElementID, relatedSpdxElement, relationshipType }
    enum ReferenceType { case purl, cpe }
    /// What the reader itself makes of a relationship.
    enum RelationshipType { case describes, describedBy, other }

    static let shared = SPDX2Names()

    static let versions = FieldTable<String>(["SPDX-2.2": "2.2", "SPDX-2.3": "2.3"])

    let document = FieldTable<Document>([
        "spdxVersion": .spdxVersion, "SPDXID": .spdxID, "dataLicense": .dataLicense, "name": .name,
        "documentNamespace": .documentNamespace, "creationInfo": .creationInfo, "packages": .packages,
        "relationships": .relationships, "documentDescribes": .documentDescribes, "files": .files,
    ])
    let creationInfo = FieldTable<CreationInfo>(["created": .created, "creators": .creators])
    let package = FieldTable<Package>([
        "name": .name, "SPDXID": .spdxID, "versionInfo": .versionInfo, "supplier": .supplier,
        "originator": .originator, "checksums": .checksums, "externalRefs": .externalRefs,
        "licenseDeclared": .licenseDeclared, "licenseConcluded": .licenseConcluded,
        "primaryPackagePurpose": .primaryPackagePurpose,
    ])
    let checksum = FieldTable<Checksum>(["algorithm": .algorithm, "checksumValue": .checksumValue])
    let externalRef = FieldTable<ExternalRef>([
        "referenceCategory": .referenceCategory, "referenceType": .referenceType,
        "referenceLocator": .referenceLocator,
    ])
    let relationship = FieldTable<Relationship>([
        "spdxElementId": .spdxElementID, "relatedSpdxElement": .relatedSpdxElement,
        "relationshipType": .relationshipType,
    ])

    let documentIDs = FieldTable<Void>(["SPDXRef-DOCUMENT": ()])
    let dataLicenses = FieldTable<Void>(["CC0-1.0": ()])
    /// Section 7.21 of 2.3. The schema has an underscore in one value where the specification has a hyphen.
    let purposes = FieldTable<Void>([
        "APPLICATION": (), "FRAMEWORK": (), "LIBRARY": (), "CONTAINER": (), "OPERATING-SYSTEM": (),
        "OPERATING_SYSTEM": (), "DEVICE": (), "FIRMWARE": (), "SOURCE": (), "ARCHIVE": (), "FILE": (), "INSTALL": (),
        "OTHER": (),
    ])
    /// Annex F; 2.2's schema has the underscore.
    let categories = FieldTable<Void>([
        "SECURITY": (), "PACKAGE-MANAGER": (), "PACKAGE_MANAGER": (), "PERSISTENT-ID": (), "PERSISTENT_ID": (),
        "OTHER": (),
    ])
    /// Also as the URIs that the RDF model has for them, which tools that convert from it leave.
    let referenceTypes = FieldTable<ReferenceType>([
        "purl": .purl, "cpe22Type": .cpe, "cpe23Type": .cpe, "http://spdx.org/rdf/references/purl": .purl,
        "http://spdx.org/rdf/references/cpe22Type": .cpe, "http://spdx.org/rdf/references/cpe23Type": .cpe,
    ])
    /// Section 7.10 of 2.3, which has all of 2.2's.
    let algorithms = FieldTable<HashAlgorithm>([
        "SHA1": .sha1, "SHA224": .sha224, "SHA256": .sha256, "SHA384": .sha384, "SHA512": .sha512,
        "SHA3-256": .sha3_256, "SHA3-384": .sha3_384, "SHA3-512": .sha3_512, "BLAKE2b-256": .blake2b256,
        "BLAKE2b-384": .blake2b384, "BLAKE2b-512": .blake2b512, "BLAKE3": .blake3, "MD2": .md2, "MD4": .md4,
        "MD5": .md5, "MD6": .md6, "ADLER32": .adler32,
    ])
    /// Section 11.1 of 2.3, which has all of 2.2's.
    let relationshipTypes = FieldTable<RelationshipType>([
        "DESCRIBES": .describes, "DESCRIBED_BY": .describedBy, "CONTAINS": .other, "CONTAINED_BY": .other,
        "DEPENDS_ON": .other, "DEPENDENCY_OF": .other, "DEPENDENCY_MANIFEST_OF": .other, "BUILD_DEPENDENCY_OF": .other,
        "DEV_DEPENDENCY_OF": .other, "OPTIONAL_DEPENDENCY_OF": .other, "PROVIDED_DEPENDENCY_OF": .other,
        "TEST_DEPENDENCY_OF": .other, "RUNTIME_DEPENDENCY_OF": .other, "EXAMPLE_OF": .other, "GENERATES": .other,
        "GENERATED_FROM": .other, "ANCESTOR_OF": .other, "DESCENDANT_OF": .other, "VARIANT_OF": .other,
        "DISTRIBUTION_ARTIFACT": .other, "PATCH_FOR": .other, "PATCH_APPLIED": .other, "COPY_OF": .other,
        "FILE_ADDED": .other, "FILE_DELETED": .other, "FILE_MODIFIED": .other, "EXPANDED_FROM_ARCHIVE": .other,
        "DYNAMIC_LINK": .other, "STATIC_LINK": .other, "DATA_FILE_OF": .other, "TEST_CASE_OF": .other,
        "BUILD_TOOL_OF": .other, "DEV_TOOL_OF": .other, "TEST_OF": .other, "TEST_TOOL_OF": .other,
        "DOCUMENTATION_OF": .other, "OPTIONAL_COMPONENT_OF": .other, "METAFILE_OF": .other, "PACKAGE_OF": .other,
        "AMENDS": .other, "PREREQUISITE_FOR": .other, "HAS_PREREQUISITE": .other,
        "REQUIREMENT_DESCRIPTION_FOR": .other, "SPECIFICATION_FOR": .other, "OTHER": .other,
    ])
}
