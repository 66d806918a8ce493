/// The fields of the policy language, mapping by mapping: what the reader accepts and what the JSON Schemas in docs/
/// are compared with.
///
/// A field that is in none of the lists is an error, so nothing misspelt is ever passed over.
package struct FieldList: Sendable {
    /// What the mapping is, for error messages.
    package let name: String
    package var required: [String] = []
    package var optional: [String] = []
    /// Exactly one of these has to be given.
    package var exactlyOneOf: [String] = []
    /// At least one of these has to be given.
    package var atLeastOneOf: [String] = []
    /// Fields that are to come, and what they wait for.
    package var later: [String: String] = [:]

    package init(
        name: String, required: [String] = [], optional: [String] = [], exactlyOneOf: [String] = [],
        atLeastOneOf: [String] = [], later: [String: String] = [:]
    ) {
        self.name = name
        self.required = required
        self.optional = optional
        self.exactlyOneOf = exactlyOneOf
        self.atLeastOneOf = atLeastOneOf
        self.later = later
    }

    package var all: [String] { required + optional + exactlyOneOf + atLeastOneOf }
}

extension FieldList {
    package static let document = FieldList(name: "the document", required: ["apiVersion", "kind", "metadata", "spec"])
    static let metadata = FieldList(name: "`metadata`", required: ["name", "owner"])
    static let spec = FieldList(
        name: "`spec`", required: ["enforcement", "scope", "require"], optional: ["signers", "deny"],
        later: ["exceptions": "guardrails", "delegate": "guardrails"])
    static let enforcement = FieldList(name: "`enforcement`", required: ["stage"], optional: ["percent"])
    static let scope = FieldList(name: "`scope`", required: ["namespaces", "images"])

    static let signer = FieldList(
        name: "a signer", optional: ["reference"],
        exactlyOneOf: ["key"] + CertificatePattern.Kind.allCases.map(\.rawValue))
    static let keySigner = FieldList(
        name: "`key`",
        optional: ["schemes", "validFrom", "validUntil", "compromisedAt", "insecureCloudBuildLocation"],
        exactlyOneOf: ["file", "rotation", "directory"])
    static let rotatedKey = FieldList(
        name: "a key of the rotation", required: ["file"],
        optional: ["schemes", "validFrom", "validUntil", "compromisedAt", "insecureCloudBuildLocation"])

    static let githubSigner = FieldList(
        name: "`github`",
        optional: [
            "workflow", "workflowRef", "workflowCommit", "callerWorkflow", "callerWorkflowRef", "trigger", "runner",
            "environment", "visibility", "enterprise", "tenant", "trustedRoot",
        ], atLeastOneOf: ["repository", "repositoryId", "owner", "ownerId"])
    static let gitlabSigner = FieldList(
        name: "`gitlab`",
        optional: [
            "config", "configRef", "configCommit", "trigger", "runner", "environment", "visibility", "server",
            "trustedRoot",
        ], atLeastOneOf: ["project", "projectId", "namespace", "namespaceId"])
    static let googleSigner = FieldList(name: "`google`", required: ["account"], optional: ["trustedRoot"])
    static let emailSigner = FieldList(name: "`email`", required: ["address", "issuer"], optional: ["trustedRoot"])
    static let uriSigner = FieldList(name: "`uri`", required: ["uri", "issuer"], optional: ["trustedRoot"])
    static let spiffeSigner = FieldList(
        name: "`spiffe`", required: ["id", "validAt"], optional: ["crls", "insecureLeafRevocationOnly"],
        exactlyOneOf: ["roots", "trustBundles"])
    static let trustBundle = FieldList(
        name: "a trust bundle", required: ["trustDomain", "file"], optional: ["from", "until"])
    static let x509Signer = FieldList(
        name: "`x509`", required: ["roots", "usage", "validAt"], optional: ["crls", "insecureLeafRevocationOnly"],
        atLeastOneOf: ["uri", "email", "dns"])
    static let regexPattern = FieldList(name: "a pattern", required: ["insecureRegex"])

    static let requirement = FieldList(
        name: "a requirement", required: ["id", "on"],
        exactlyOneOf: kindsOfRule + ["anyOf"])
    static let alternative = FieldList(
        name: "an alternative", required: ["id"], exactlyOneOf: kindsOfRule + ["allOf"])
    static let alternativePart = FieldList(
        name: "a rule", required: ["id"], exactlyOneOf: kindsOfRule)
    private static let kindsOfRule = [
        "signature", "provenance", "attestation", "baseImage", "sbom", "components", "licenses",
        "vulnerabilities", "image",
    ]
    static let denial = FieldList(
        name: "a denial", required: ["id"], optional: ["on"], exactlyOneOf: ["image", "digest", "builder"])
    static let guardrailDenial = FieldList(
        name: "a denial", required: ["id"], optional: ["on"],
        exactlyOneOf: ["image", "digest", "builder", "signer", "key"])
    static let digestDenial = FieldList(name: "`digest`", required: ["in"])
    static let signerDenial = FieldList(name: "`signer`", required: ["of"])
    static let keyDenial = FieldList(name: "`key`", exactlyOneOf: ["fingerprints", "files"])
    static let platformTarget = FieldList(name: "`on`", required: ["platform"])
    static let threshold = FieldList(name: "`by`", required: ["atLeast", "of"])

    static let signatureRule = FieldList(name: "`signature`", required: ["by"])
    static let provenanceRule = FieldList(
        name: "`provenance`", required: ["by", "match", "builder", "source"],
        optional: ["newestAge", "buildType", "entryPoint", "externalParameters", "level"])
    static let source = FieldList(name: "`source`", required: ["repository", "ref"])
    static let externalParameter = FieldList(name: "an external parameter", required: ["name", "values"])
    static let attestationRule = FieldList(
        name: "`attestation`", required: ["by", "type", "match"], optional: ["time", "newestAge", "where"])
    static let fieldCondition = FieldList(
        name: "a condition", required: ["field"],
        exactlyOneOf: [
            "equals", "in", "glob", "atLeast", "atMost", "above", "below", "before", "after", "newestAge", "exists",
            "insecureRegex",
        ])
    static let baseImageRule = FieldList(
        name: "`baseImage`", required: ["proof", "approved"],
        optional: ["by", "buildTools", "newestAllowedAge", "chain"])
    static let approvedBase = FieldList(
        name: "an approved base", required: ["repository", "digests"], optional: ["listed"])
    static let buildTool = FieldList(name: "a build tool", required: ["repository", "digests"])
    static let chain = FieldList(name: "`chain`", required: ["policy"])
    static let imageRule = FieldList(name: "`image`", atLeastOneOf: ["labels", "user", "tag", "name", "platform"])
    static let textCondition = FieldList(name: "the condition", exactlyOneOf: ["in", "glob"])
    static let userCondition = FieldList(name: "`user`", exactlyOneOf: ["nonRoot", "in", "glob"])
    static let platformCondition = FieldList(name: "`platform`", required: ["in"])
}
