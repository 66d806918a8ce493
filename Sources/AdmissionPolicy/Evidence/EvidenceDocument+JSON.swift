import Attestation
import Content
public import Findings
import OCI
import PKI
import SBOM
public import StrictEncoding

// The JSON form of the evidence document, for tests of policies and for people who want to see what a rule saw. Its
// schema is docs/evidence-document.schema.json. Nothing in it is verified by being read: a document that was read
// decides tests, never the admission of an image.

extension EvidenceDocument {
    /// Reads the JSON form. Unknown members are errors.
    ///
    /// - Parameters:
    ///   - request: takes the place of the document's own; without one the document has to state it.
    ///   - codes: those that `unread` may name; by default those of images and policies.
    public init(
        parsing bytes: [UInt8], request: RequestFacts? = nil,
        codes: [ReasonCode]? = nil
    ) throws(EvidenceDocumentError) {
        let codes = codes ?? ReasonTable.oci.codes + ReasonTable.content.codes + ReasonTable.policies.codes
        let document: JSONDocument
        do throws(JSONError) { document = try JSONDocument(parsing: bytes) } catch { throw .json(error) }
        let root = try EvidenceMember(value: document.root, path: "").object(
            required: ["image"],
            optional: ["request", "signatures", "attestations", "bases", "judgedBases", "breakGlass"])
        let stated = try root["request"].map { member throws(EvidenceDocumentError) in try RequestFacts(member) }
        guard let request = request ?? stated else { throw .malformed("request", "expected the request, found none") }
        self.init(
            request: request, image: try ImageFacts(try root.required("image"), codes),
            signatures: try root["signatures"]?.list(SignatureFacts.init) ?? [],
            attestations: try root["attestations"]?.list(AttestationFacts.init) ?? [],
            bases: try Self.bases(root["bases"], codes),
            judgedBases: try Self.judgedBases(root["judgedBases"], codes),
            breakGlass: try root["breakGlass"].map { member throws(EvidenceDocumentError) in
                try BreakGlassFacts(member)
            })
    }

    private static func bases(
        _ member: EvidenceMember?, _ codes: [ReasonCode]
    ) throws(EvidenceDocumentError) -> [Digest: BaseImageFacts] {
        var bases: [Digest: BaseImageFacts] = [:]
        for member in try member?.elements() ?? [] {
            let base = try member.object(required: ["digest"], optional: ["platforms", "unread"])
            let digest = try base.required("digest").digest()
            guard bases[digest] == nil else { throw member.malformed("expected distinct digests, found one again") }
            switch (base["platforms"], base["unread"]) {
            case (let platforms?, nil): bases[digest] = .read(try platforms.list(BaseImageFacts.BasePlatform.init))
            case (nil, let unread?): bases[digest] = .unread(try UnreadContent(unread, codes))
            default: throw member.malformed("expected either `platforms` or `unread`")
            }
        }
        return bases
    }

    /// The JSON form. Reading it gives a document on which every policy decides the same.
    public var json: JSONTree {
        JSONTree(members: [
            "request": request.json, "image": image.json, "signatures": .array(signatures.map(\.json)),
            "attestations": .array(attestations.map(\.json)),
            "bases": .array(
                bases.sorted { $0.key < $1.key }.map { digest, facts in
                    switch facts {
                    case .read(let platforms):
                        ["digest": "\(digest)", "platforms": .array(platforms.map(\.json))]
                    case .unread(let unread): ["digest": "\(digest)", "unread": unread.json]
                    }
                }),
            "judgedBases": .array(judgedBases.values.sorted { $0.need < $1.need }.map(\.json)),
            "breakGlass": breakGlass?.json,
        ])
    }
}

/// Why a text is no evidence document.
public enum EvidenceDocumentError: Error, Equatable, Sendable {
    case json(JSONError)
    /// What is wrong, and at which path.
    case malformed(String, String)

    /// One line, lower case.
    public var message: String {
        switch self {
        case .json(let error): "evidence document: \(error.message)"
        case .malformed("", let what): "evidence document: \(what)"
        case .malformed(let path, let what): "evidence document: \(what) at \(Finding.quoted(path))"
        }
    }
}

// MARK: Request and image

extension RequestFacts {
    fileprivate init(_ member: EvidenceMember) throws(EvidenceDocumentError) {
        let object = try member.object(required: ["at"], optional: ["namespace", "reference"])
        let reference = try object["reference"].map { member throws(EvidenceDocumentError) in
            let text = try member.string()
            do throws(ImageReferenceError) { return try ImageReference(parsing: text) } catch {
                throw member.malformed(error.message)
            }
        }
        self.init(
            namespace: try object["namespace"]?.string(), reference: reference,
            at: try object.required("at").instant())
    }

    fileprivate var json: JSONTree {
        JSONTree(members: [
            "namespace": namespace.map(JSONTree.string), "reference": reference.map { .string($0.description) },
            "at": .string(at.description),
        ])
    }
}

extension ImageFacts {
    fileprivate init(_ member: EvidenceMember, _ codes: [ReasonCode]) throws(EvidenceDocumentError) {
        let object = try member.object(
            required: ["digest"], optional: ["isArtifact", "isIndex", "otherDigests", "platforms"])
        let isArtifact = try object["isArtifact"]?.bool() ?? false
        let others = try object["otherDigests"]?.list { member throws(EvidenceDocumentError) in
            try isArtifact ? member.fileDigest() : member.digest()
        }
        guard !isArtifact else {
            guard object["isIndex"] == nil, object["platforms"] == nil else {
                throw member.malformed("expected a file without `isIndex` and `platforms`, found one with them")
            }
            self.init(artifact: try object.required("digest").fileDigest(), otherDigests: others ?? [])
            return
        }
        self.init(
            digest: try object.required("digest").digest(), isIndex: try object.required("isIndex").bool(),
            platforms: try object.required("platforms").list { member throws(EvidenceDocumentError) in
                try PlatformFacts(member, codes)
            },
            otherDigests: others ?? [])
    }

    fileprivate var json: JSONTree {
        if isArtifact {
            return JSONTree(members: [
                "digest": .string("\(digest)"), "isArtifact": true,
                "otherDigests": otherDigests.isEmpty ? nil : JSONTree(strings: otherDigests.map(\.description)),
            ])
        }
        return JSONTree(members: [
            "digest": .string("\(digest)"), "isIndex": .bool(isIndex), "platforms": .array(platforms.map(\.json)),
            "otherDigests": otherDigests.isEmpty ? nil : JSONTree(strings: otherDigests.map(\.description)),
        ])
    }
}

extension PlatformFacts {
    fileprivate init(_ member: EvidenceMember, _ codes: [ReasonCode]) throws(EvidenceDocumentError) {
        let object = try member.object(required: ["digest"], optional: ["platform", "configuration", "unread"])
        let configuration: Result<ImageConfiguration, UnreadContent>?
        switch (object["configuration"], object["unread"]) {
        case (nil, nil): configuration = nil
        case (let text?, nil):
            do throws(ImageFormatError) {
                let content = VerifiedContent(namedByOwnDigest: Array(text.value.rawBytes))
                configuration = .success(try ImageConfiguration(parsing: content))
            } catch {
                throw text.malformed(error.message)
            }
        case (nil, let unread?): configuration = .failure(try UnreadContent(unread, codes))
        case (.some, .some): throw member.malformed("expected at most one of `configuration` and `unread`")
        }
        self.init(
            digest: try object.required("digest").digest(), platform: try object["platform"]?.platform(),
            configuration: configuration)
    }

    fileprivate var json: JSONTree {
        var unread: JSONTree?
        var read: JSONTree?
        switch configuration {
        case nil: break
        case .failure(let why): unread = why.json
        case .success(let configuration):
            // It was parsed as JSON before. Only a number beyond the range of a double can't be written anew.
            read = (try? JSONDocument(parsing: configuration.content.bytes)).flatMap { JSONTree($0.root) }
        }
        return JSONTree(members: [
            "digest": .string(digest.description), "platform": platform.map { .string($0.description) },
            "configuration": read, "unread": unread,
        ])
    }
}

extension UnreadContent {
    init(_ member: EvidenceMember, _ codes: [ReasonCode]) throws(EvidenceDocumentError) {
        let object = try member.object(required: ["code", "message"])
        let name = try object.required("code").string()
        guard let code = codes.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
            throw member.malformed("expected a reason code, found \(Finding.quoted(name))")
        }
        self.init(Finding(code, try object.required("message").string()))
    }

    var json: JSONTree { ["code": .string(finding.code.name), "message": .string(finding.message)] }
}

extension BaseImageFacts.BasePlatform {
    fileprivate init(_ member: EvidenceMember) throws(EvidenceDocumentError) {
        let object = try member.object(required: ["digest", "platform", "diffIDs", "nonEmptyLayers"])
        let count = try object.required("nonEmptyLayers")
        guard let layers = count.value.int, layers >= 0 else { throw count.malformed("expected a count") }
        self.init(
            digest: try object.required("digest").digest(), platform: try object.required("platform").platform(),
            diffIDs: try object.required("diffIDs").list { member throws(EvidenceDocumentError) in
                try member.fileDigest()
            },
            nonEmptyLayers: layers)
    }

    fileprivate var json: JSONTree {
        [
            "digest": "\(digest)", "platform": "\(platform)", "diffIDs": JSONTree(strings: diffIDs.map(\.description)),
            "nonEmptyLayers": .integer(Int64(nonEmptyLayers)),
        ]
    }
}

// MARK: Signatures and attestations

extension SignatureFacts {
    fileprivate init(_ member: EvidenceMember) throws(EvidenceDocumentError) {
        let object = try member.object(
            required: ["evidence", "signers", "subjects"], optional: ["dockerReference", "verifiedTimes"])
        self.init(
            evidence: try object.required("evidence").digest(),
            signers: Set(try object.required("signers").list(SignerIdentity.init)).sorted(),
            subjects: try object.required("subjects").list { member throws(EvidenceDocumentError) in
                try member.fileDigest()
            },
            dockerReference: try object["dockerReference"]?.string(),
            verifiedTimes: try object["verifiedTimes"].instants())
    }

    fileprivate var json: JSONTree {
        JSONTree(members: [
            "evidence": .string(evidence.description), "signers": .array(signers.map(\.json)),
            "subjects": JSONTree(strings: subjects.map(\.description)),
            "dockerReference": dockerReference.map(JSONTree.string), "verifiedTimes": verifiedTimes.json,
        ])
    }
}

extension AttestationFacts {
    fileprivate init(_ member: EvidenceMember) throws(EvidenceDocumentError) {
        let object = try member.object(
            required: ["evidence", "statement", "signers", "subjects", "predicateType"],
            optional: ["predicate", "provenance", "underIndexSignature", "verifiedTimes"])
        let type = try object.required("predicateType").exact()
        let predicate = object["predicate"].flatMap { $0.value.isNull ? nil : $0.value }
        self.init(
            evidence: try object.required("evidence").digest(), statement: try object.required("statement").digest(),
            signers: Set(try object.required("signers").list(SignerIdentity.init)).sorted(),
            subjects: try object.required("subjects").list { member throws(EvidenceDocumentError) in
                try member.fileDigest()
            },
            predicateType: type, predicate: predicate,
            provenance: try object["provenance"].map { member throws(EvidenceDocumentError) in try Provenance(member) },
            inventory: Inventory.reading(predicate: predicate, ofType: type),
            underIndexSignature: try object["underIndexSignature"]?.bool() ?? false,
            verifiedTimes: try object["verifiedTimes"].instants())
        readScans()
    }

    fileprivate var json: JSONTree {
        JSONTree(members: [
            "evidence": .string(evidence.description), "statement": .string(statement.description),
            "signers": .array(signers.map(\.json)), "subjects": JSONTree(strings: subjects.map(\.description)),
            "predicateType": .string(predicateType.value),
            // Only a number beyond the range of a double can't be written anew.
            "predicate": predicate.flatMap { JSONTree($0) }, "provenance": provenance?.json,
            "underIndexSignature": .bool(underIndexSignature), "verifiedTimes": verifiedTimes.json,
        ])
    }
}

extension EvidenceMember? {
    fileprivate func instants() throws(EvidenceDocumentError) -> [Instant] {
        try self?.list { member throws(EvidenceDocumentError) in try member.instant() } ?? []
    }
}

extension [Instant] {
    /// Sorted and distinct; nil where there are none.
    fileprivate var json: JSONTree? {
        isEmpty ? nil : JSONTree(strings: Set(self).sorted().map(\.description))
    }
}

extension Provenance {
    fileprivate init(_ member: EvidenceMember) throws(EvidenceDocumentError) {
        let object = try member.object(
            required: ["version", "builder", "buildType"],
            optional: [
                "sourceRepository", "sourceRef", "sourceCommit", "entryPoint", "externalParameters", "materials",
                "invocation", "startedOn", "finishedOn", "workflow", "triggerEvent", "runnerEnvironment",
            ])
        let version = try object.required("version").string()
        guard let version = Version.allCases.first(where: { $0.rawValue.utf8.elementsEqual(version.utf8) }) else {
            throw member.malformed("expected version `0.1`, `0.2` or `1`, found \(Finding.quoted(version))")
        }
        self.init(
            version: version, builder: try object.required("builder").exact(),
            buildType: try object.required("buildType").exact(),
            sourceRepository: try object["sourceRepository"]?.exact(), sourceRef: try object["sourceRef"]?.exact(),
            sourceCommit: try object["sourceCommit"]?.exact(), entryPoint: try object["entryPoint"]?.exact(),
            externalParameters: try object["externalParameters"]?.list(ExternalParameter.init) ?? [],
            materials: try object["materials"]?.list(Material.init) ?? [],
            invocation: try object["invocation"]?.exact(), startedOn: try object["startedOn"]?.instant(),
            finishedOn: try object["finishedOn"]?.instant(), workflow: try object["workflow"].map(Workflow.init),
            triggerEvent: try object["triggerEvent"]?.exact(),
            runnerEnvironment: try object["runnerEnvironment"]?.exact())
    }

    fileprivate var json: JSONTree {
        JSONTree(members: [
            "version": .string(version.rawValue), "builder": .string(builder.value),
            "buildType": .string(buildType.value), "sourceRepository": sourceRepository.map { .string($0.value) },
            "sourceRef": sourceRef.map { .string($0.value) }, "sourceCommit": sourceCommit.map { .string($0.value) },
            "entryPoint": entryPoint.map { .string($0.value) },
            "externalParameters": .array(
                externalParameters.map { ["name": .string($0.name.value), "value": .string($0.value.value)] }),
            "materials": .array(
                materials.map { material in
                    [
                        "uri": .string(material.uri.value),
                        "digests": .object(material.digests.mapValues { .string($0.value) }),
                    ]
                }),
            "invocation": invocation.map { .string($0.value) },
            "startedOn": startedOn.map { .string($0.description) },
            "finishedOn": finishedOn.map { .string($0.description) },
            "workflow": workflow?.json, "triggerEvent": triggerEvent.map { .string($0.value) },
            "runnerEnvironment": runnerEnvironment.map { .string($0.value) },
        ])
    }
}

extension Provenance.Workflow {
    fileprivate init(_ member: EvidenceMember) throws(EvidenceDocumentError) {
        let object = try member.object(required: [], optional: ["repository", "ref", "path", "commit"])
        self.init(
            repository: try object["repository"]?.exact(), ref: try object["ref"]?.exact(),
            path: try object["path"]?.exact(), commit: try object["commit"]?.exact())
    }

    fileprivate var json: JSONTree {
        JSONTree(members: [
            "repository": repository.map { .string($0.value) }, "ref": ref.map { .string($0.value) },
            "path": path.map { .string($0.value) }, "commit": commit.map { .string($0.value) },
        ])
    }
}

extension Provenance.ExternalParameter {
    fileprivate init(_ member: EvidenceMember) throws(EvidenceDocumentError) {
        let object = try member.object(required: ["name", "value"])
        self.init(name: try object.required("name").exact(), value: try object.required("value").exact())
    }
}

extension Provenance.Material {
    fileprivate init(_ member: EvidenceMember) throws(EvidenceDocumentError) {
        let object = try member.object(required: ["uri"], optional: ["digests"])
        var digests: [ExactString: ExactString] = [:]
        if let member = object["digests"] {
            guard let members = member.value.object else { throw member.malformed("expected an object") }
            for (name, value) in members {
                digests[ExactString(name)] = try EvidenceMember(value: value, path: "\(member.path).\(name)").exact()
            }
        }
        self.init(uri: try object.required("uri").exact(), digests: digests)
    }
}
