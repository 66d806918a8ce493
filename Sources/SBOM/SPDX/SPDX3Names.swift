/// Names and values of SPDX 3.0 that a reader knows, as its JSON-LD context shortens them.
struct SPDX3Names: Sendable {
    /// What the reader makes of an element's class.
    enum Class { case document, bom, package, relationship, agent, tool, creationInfo, licenseExpression, license }
    enum Member {
        case type, spdxID, id, name, creationInfo, rootElement
        case packageVersion, packageURL, primaryPurpose, suppliedBy, originatedBy, verifiedUsing, externalIdentifier
        case from, to, relationshipType
        case created, createdBy, createdUsing
        case licenseExpression, sbomType
    }
    enum Hash { case type, algorithm, hashValue }
    enum ExternalIdentifier { case externalIdentifierType, identifier }
    enum RelationshipType { case describes, hasDeclaredLicense, hasConcludedLicense, other }

    static let shared = SPDX3Names()

    static let contexts = FieldTable<String>([
        "https://spdx.org/rdf/3.0.0/spdx-context.jsonld": "3.0.0",
        "https://spdx.org/rdf/3.0.1/spdx-context.jsonld": "3.0.1",
    ])

    let classes = FieldTable<Class>([
        "SpdxDocument": .document, "Bom": .bom, "software_Sbom": .bom, "software_Package": .package,
        "ai_AIPackage": .package, "dataset_DatasetPackage": .package, "Relationship": .relationship,
        "LifecycleScopedRelationship": .relationship, "Agent": .agent, "Person": .agent, "Organization": .agent,
        "SoftwareAgent": .agent, "Tool": .tool, "CreationInfo": .creationInfo,
        "simplelicensing_LicenseExpression": .licenseExpression, "expandedlicensing_ListedLicense": .license,
        "expandedlicensing_CustomLicense": .license,
    ])
    let members = FieldTable<Member>([
        "type": .type, "spdxId": .spdxID, "@id": .id, "name": .name, "creationInfo": .creationInfo,
        "rootElement": .rootElement, "software_packageVersion": .packageVersion, "software_packageUrl": .packageURL,
        "software_primaryPurpose": .primaryPurpose, "suppliedBy": .suppliedBy, "originatedBy": .originatedBy,
        "verifiedUsing": .verifiedUsing, "externalIdentifier": .externalIdentifier, "from": .from, "to": .to,
        "relationshipType": .relationshipType, "created": .created, "createdBy": .createdBy,
        "createdUsing": .createdUsing, "simplelicensing_licenseExpression": .licenseExpression,
        "software_sbomType": .sbomType,
    ])
    let hash = FieldTable<Hash>(["type": .type, "algorithm": .algorithm, "hashValue": .hashValue])
    let hashClasses = FieldTable<Void>(["Hash": ()])
    let externalIdentifier = FieldTable<ExternalIdentifier>([
        "externalIdentifierType": .externalIdentifierType, "identifier": .identifier,
    ])
    let identifierTypes = FieldTable<FactKind>([
        "cpe22": .spdx3CPE, "cpe23": .spdx3CPE, "packageUrl": .spdx3PackageURL, "packageURL": .spdx3PackageURL,
    ])
    let algorithms = FieldTable<HashAlgorithm>([
        "adler32": .adler32, "blake2b256": .blake2b256, "blake2b384": .blake2b384, "blake2b512": .blake2b512,
        "blake3": .blake3, "crystalsDilithium": .crystalsDilithium, "crystalsKyber": .crystalsKyber,
        "falcon": .falcon, "md2": .md2, "md4": .md4, "md5": .md5, "md6": .md6, "other": .other, "sha1": .sha1,
        "sha224": .sha224, "sha256": .sha256, "sha384": .sha384, "sha512": .sha512, "sha3_224": .sha3_224,
        "sha3_256": .sha3_256, "sha3_384": .sha3_384, "sha3_512": .sha3_512,
    ])
    let purposes = FieldTable<Void>([
        "application": (), "archive": (), "bom": (), "configuration": (), "container": (), "data": (), "device": (),
        "deviceDriver": (), "diskImage": (), "documentation": (), "evidence": (), "executable": (), "file": (),
        "filesystemImage": (), "firmware": (), "framework": (), "install": (), "library": (), "manifest": (),
        "model": (), "module": (), "operatingSystem": (), "other": (), "patch": (), "platform": (),
        "requirement": (), "source": (), "specification": (), "test": (),
    ])
    /// `SbomType`, in the words of CycloneDX.
    let sbomTypes = FieldTable<GenerationContext.Phase>([
        "design": .design, "source": .preBuild, "build": .build, "analyzed": .postBuild, "deployed": .operations,
        "runtime": .operations,
    ])
    let relationshipTypes = FieldTable<RelationshipType>([
        "affects": .other, "amendedBy": .other, "ancestorOf": .other, "availableFrom": .other, "configures": .other,
        "contains": .other, "coordinatedBy": .other, "copiedTo": .other, "delegatedTo": .other, "dependsOn": .other,
        "descendantOf": .other, "describes": .describes, "doesNotAffect": .other, "expandsTo": .other,
        "exploitCreatedBy": .other, "fixedBy": .other, "fixedIn": .other, "foundBy": .other, "generates": .other,
        "hasAddedFile": .other, "hasAssessmentFor": .other, "hasAssociatedVulnerability": .other,
        "hasConcludedLicense": .hasConcludedLicense, "hasDataFile": .other,
        "hasDeclaredLicense": .hasDeclaredLicense, "hasDeletedFile": .other, "hasDependencyManifest": .other,
        "hasDistributionArtifact": .other, "hasDocumentation": .other, "hasDynamicLink": .other, "hasEvidence": .other,
        "hasExample": .other, "hasHost": .other, "hasInput": .other, "hasMetadata": .other,
        "hasOptionalComponent": .other, "hasOptionalDependency": .other, "hasOutput": .other,
        "hasPrerequisite": .other, "hasProvidedDependency": .other, "hasRequirement": .other,
        "hasSpecification": .other, "hasStaticLink": .other, "hasTest": .other, "hasTestCase": .other,
        "hasVariant": .other, "invokedBy": .other, "modifiedBy": .other, "other": .other, "packagedBy": .other,
        "patchedBy": .other, "publishedBy": .other, "reportedBy": .other, "republishedBy": .other,
        "serializedInArtifact": .other, "testedOn": .other, "trainedOn": .other, "underInvestigationFor": .other,
        "usesTool": .other,
    ])
}
