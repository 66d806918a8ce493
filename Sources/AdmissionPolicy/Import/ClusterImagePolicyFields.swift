/// The fields of a `ClusterImagePolicy` (`policy.sigstore.dev` v1alpha1 and v1beta1).
extension FieldList {
    static let cipDocument = FieldList(
        name: "the document", required: ["apiVersion", "kind", "metadata", "spec"], optional: ["status"])
    static let cipSpec = FieldList(
        name: "`spec`", required: ["images"], optional: ["authorities", "policy", "mode", "match"])
    static let cipImage = FieldList(name: "an image pattern", required: ["glob"])
    static let cipAuthority = FieldList(
        name: "an authority",
        optional: ["name", "source", "ctlog", "attestations", "rfc3161timestamp", "signatureFormat"],
        exactlyOneOf: ["key", "keyless", "static"])
    static let cipKey = FieldList(
        name: "`key`", optional: ["hashAlgorithm"], exactlyOneOf: ["data", "secretRef", "kms"])
    static let cipStatic = FieldList(name: "`static`", required: ["action"], optional: ["message"])
    static let cipLog = FieldList(name: "`ctlog`", optional: ["url", "trustRootRef"])
    static let cipAttestation = FieldList(
        name: "an attestation", required: ["name", "predicateType"], optional: ["policy"])
    static let cipPolicy = FieldList(
        name: "`policy`", required: ["type"],
        optional: [
            "data", "remote", "configMapRef", "fetchConfigFile", "includeSpec", "includeObjectMeta", "includeTypeMeta",
        ])
}
