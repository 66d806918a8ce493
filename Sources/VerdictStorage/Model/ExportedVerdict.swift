import StrictEncoding

extension StoredVerdict {
    /// The verdict as canonical JSON on one line: what `audit export` writes and a spool holds. It carries everything,
    /// the record in base64; ``init(exported:)`` reads it back.
    public func exported() -> [UInt8] { tree.canonicalBytes() }

    /// Reads what ``exported()`` wrote; unknown members are passed over.
    ///
    /// - Throws: ``VerdictStoreError/invalid(_:)`` with the member that is missing or of the wrong kind.
    public init(exported bytes: [UInt8]) throws(VerdictStoreError) {
        let root: JSONValue
        do {
            root = try JSONDocument(parsing: bytes).root
        } catch {
            throw .invalid("a verdict's export is not JSON")
        }
        try self.init(root)
    }

    private var tree: JSONTree {
        JSONTree(members: [
            "id": .string(id.description), "decidedAt": .string(decidedAt.description), "verdict": .string(verdict),
            "isBlocked": .bool(isBlocked), "stage": .string(stage), "image": .string(image),
            "repository": repository.map(JSONTree.string), "digest": digest.map(JSONTree.string),
            "namespace": namespace.map(JSONTree.string), "surface": .string(surface),
            "askedBy": askedBy.map(JSONTree.string), "user": user.map(JSONTree.string),
            "headline": headline.map(JSONTree.string), "policyDigest": .string(policyDigest),
            "trustDigest": .string(trustDigest),
            "policies": .array(
                policies.map { line in
                    [
                        "name": .string(line.name), "verdict": .string(line.verdict), "stage": .string(line.stage),
                        "isEnforced": .bool(line.isEnforced),
                    ]
                }),
            "evidence": .array(
                evidence.map { piece in
                    [
                        "digest": .string(piece.digest),
                        "facts": .array(
                            piece.facts.map { ["kind": .string($0.kind.rawValue), "value": .string($0.value)] }),
                    ]
                }),
            "record": .string(Base64.encode(record)),
        ])
    }

    private init(_ value: JSONValue) throws(VerdictStoreError) {
        guard let id = VerdictID(try value.text("id")) else {
            throw .invalid("a verdict's export has an `id` that is none")
        }
        guard let decidedAt = Instant(rfc3339: try value.text("decidedAt")) else {
            throw .invalid("a verdict's export has a `decidedAt` that is no instant")
        }
        var policies: [PolicyLine] = []
        for line in try value.elements("policies") {
            policies.append(
                PolicyLine(
                    name: try line.text("name"), verdict: try line.text("verdict"), stage: try line.text("stage"),
                    isEnforced: try line.flag("isEnforced")))
        }
        var evidence: [StoredEvidence] = []
        for piece in try value.elements("evidence") {
            var facts: [EvidenceFact] = []
            for fact in try piece.elements("facts") {
                guard let kind = EvidenceFact.Kind(rawValue: try fact.text("kind")) else {
                    throw .invalid("a verdict's export has a fact of an unknown kind")
                }
                facts.append(EvidenceFact(kind: kind, value: try fact.text("value")))
            }
            evidence.append(StoredEvidence(digest: try piece.text("digest"), facts: facts))
        }
        let record: [UInt8]
        do {
            record = try value["record"]?.base64Bytes() ?? []
        } catch {
            throw .invalid("a verdict's export has a `record` that is no base64")
        }
        self.init(
            id: id, decidedAt: decidedAt, verdict: try value.text("verdict"), isBlocked: try value.flag("isBlocked"),
            stage: try value.text("stage"), image: try value.text("image"), repository: value["repository"]?.string,
            digest: value["digest"]?.string, namespace: value["namespace"]?.string, surface: try value.text("surface"),
            askedBy: value["askedBy"]?.string, user: value["user"]?.string, headline: value["headline"]?.string,
            policyDigest: try value.text("policyDigest"), trustDigest: try value.text("trustDigest"),
            policies: policies, evidence: evidence, record: record)
    }
}

extension JSONValue {
    fileprivate func text(_ name: String) throws(VerdictStoreError) -> String {
        guard let text = self[name]?.string else { throw .invalid("a verdict's export lacks the text `\(name)`") }
        return text
    }

    fileprivate func flag(_ name: String) throws(VerdictStoreError) -> Bool {
        guard let flag = self[name]?.bool else { throw .invalid("a verdict's export lacks the flag `\(name)`") }
        return flag
    }

    fileprivate func elements(_ name: String) throws(VerdictStoreError) -> JSONArray {
        guard let array = self[name]?.array else { throw .invalid("a verdict's export lacks the list `\(name)`") }
        return array
    }
}
