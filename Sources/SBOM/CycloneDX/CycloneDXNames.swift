/// Names and values of CycloneDX's JSON form that a reader knows; the union of what the versions permit.
///
/// A newer version's value in a document of an older one is let through: it is no less clear what is meant.
struct CycloneDXNames: Sendable {
    enum Document { case specVersion, serialNumber, version, metadata, components, services, dependencies }
    enum Metadata { case timestamp, lifecycles, tools, authors, component, licenses }
    enum Lifecycle { case phase, name }
    enum Tools { case components, services }
    enum Creator { case name, version }
    enum Component {
        case type, bomRef, group, name, version, purl, cpe, publisher, supplier, scope, hashes, licenses, pedigree,
            evidence, components
    }
    enum Evidence { case licenses }
    enum Service { case bomRef, provider, group, name, version, endpoints, authenticated, licenses, services }
    enum Hash { case alg, content }
    enum License { case license, expression, id, name, text, acknowledgement }
    enum Attachment { case encoding }
    enum Pedigree { case patches }
    enum Dependency { case ref, dependsOn, provides }

    static let shared = CycloneDXNames()

    /// The versions that define a JSON form, and those that define an XML form.
    static let jsonVersions = FieldTable<String>([
        "1.2": "1.2", "1.3": "1.3", "1.4": "1.4", "1.5": "1.5", "1.6": "1.6", "1.7": "1.7",
    ])
    static let xmlVersions = FieldTable<String>([
        "1.0": "1.0", "1.1": "1.1", "1.2": "1.2", "1.3": "1.3", "1.4": "1.4", "1.5": "1.5", "1.6": "1.6", "1.7": "1.7",
    ])

    let document = FieldTable<Document>([
        "specVersion": .specVersion, "serialNumber": .serialNumber, "version": .version, "metadata": .metadata,
        "components": .components, "services": .services, "dependencies": .dependencies,
    ])
    let metadata = FieldTable<Metadata>([
        "timestamp": .timestamp, "lifecycles": .lifecycles, "tools": .tools, "authors": .authors,
        "component": .component, "licenses": .licenses,
    ])
    let lifecycle = FieldTable<Lifecycle>(["phase": .phase, "name": .name])
    let phases = FieldTable<GenerationContext.Phase>([
        "design": .design, "pre-build": .preBuild, "build": .build, "post-build": .postBuild,
        "operations": .operations, "discovery": .discovery, "decommission": .decommission,
    ])
    let tools = FieldTable<Tools>(["components": .components, "services": .services])
    let creator = FieldTable<Creator>(["name": .name, "version": .version])
    let component = FieldTable<Component>([
        "type": .type, "bom-ref": .bomRef, "group": .group, "name": .name, "version": .version, "purl": .purl,
        "cpe": .cpe, "publisher": .publisher, "supplier": .supplier, "scope": .scope, "hashes": .hashes,
        "licenses": .licenses, "pedigree": .pedigree, "evidence": .evidence, "components": .components,
    ])
    let evidence = FieldTable<Evidence>(["licenses": .licenses])
    let service = FieldTable<Service>([
        "bom-ref": .bomRef, "provider": .provider, "group": .group, "name": .name, "version": .version,
        "endpoints": .endpoints, "authenticated": .authenticated, "licenses": .licenses, "services": .services,
    ])
    let hash = FieldTable<Hash>(["alg": .alg, "content": .content])
    let license = FieldTable<License>([
        "license": .license, "expression": .expression, "id": .id, "name": .name, "text": .text,
        "acknowledgement": .acknowledgement,
    ])
    let attachment = FieldTable<Attachment>(["encoding": .encoding])
    let pedigree = FieldTable<Pedigree>(["patches": .patches])
    let dependency = FieldTable<Dependency>(["ref": .ref, "dependsOn": .dependsOn, "provides": .provides])

    let types = FieldTable<Void>([
        "application": (), "framework": (), "library": (), "container": (), "platform": (), "operating-system": (),
        "device": (), "device-driver": (), "firmware": (), "file": (), "machine-learning-model": (), "data": (),
        "cryptographic-asset": (),
    ])
    let scopes = FieldTable<ComponentScope>(["required": .required, "optional": .optional, "excluded": .excluded])
    let patchTypes = FieldTable<Void>(["unofficial": (), "monkey": (), "backport": (), "cherry-pick": ()])
    let encodings = FieldTable<Void>(["base64": ()])
    /// Whether a licence so acknowledged is a concluded one.
    let acknowledgements = FieldTable<Bool>(["declared": false, "concluded": true])
    let algorithms = FieldTable<HashAlgorithm>([
        "MD5": .md5, "SHA-1": .sha1, "SHA-256": .sha256, "SHA-384": .sha384, "SHA-512": .sha512, "SHA3-256": .sha3_256,
        "SHA3-384": .sha3_384, "SHA3-512": .sha3_512, "BLAKE2b-256": .blake2b256, "BLAKE2b-384": .blake2b384,
        "BLAKE2b-512": .blake2b512, "BLAKE3": .blake3, "Streebog-256": .streebog256, "Streebog-512": .streebog512,
    ])
}
