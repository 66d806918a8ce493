import Landwaiter

/// The policies of the tests, as files of one team.
enum Policies {
    static let signature = "- {id: signed, on: image, signature: {by: {atLeast: 1, of: [corporate]}}}"
    static let twoSignatures = "- {id: signed, on: image, signature: {by: {atLeast: 2, of: [corporate, second]}}}"

    /// Signed with the corporate key.
    static let signed = text(require: signature)

    static func provenance(
        match: String = "any", on: String = "each-platform", by: String = "[pipeline]", atLeast: Int = 1,
        more: String = ""
    ) -> String {
        """
        - id: built
          on: \(on)
          provenance:
            by: {atLeast: \(atLeast), of: \(by)}
            match: \(match)
            builder: ["https://ci.example/*"]
            source: {repository: ["https://git.example/finance/*"], ref: [refs/heads/main]}
            externalParameters: [{name: request.frontend, values: [dockerfile.v0]}]\(more)
        """
    }

    static func base(proof: String, by: String? = nil, digests: [Digest] = [Scene.baseDigest]) -> String {
        """
        - id: based
          on: each-platform
          baseImage:
            proof: \(proof)
            approved: [{repository: registry.example/base/debian, digests: [\(digests.map { "\"\($0)\"" }.joined(separator: ", "))]}]\(by.map { "\n    by: {atLeast: 1, of: [\($0)]}" } ?? "")
        """
    }

    /// Signed, built by the pipeline, on the approved base, by materials and by layers.
    static let finance = text(
        require: [signature, provenance(), base(proof: "[materials, layers]", by: "pipeline")].joined(separator: "\n"),
        namespaces: "[finance]")

    static func text(
        name: String = "policy", require: String, deny: String? = nil, namespaces: String = "[\"**\"]",
        stage: String = "enforce", reference: String? = nil, images: String = "[\"**\"]"
    ) -> String {
        let option = reference.map { ", reference: \($0)" } ?? ""
        return """
            apiVersion: landwaiter.dev/v1
            kind: AdmissionPolicy
            metadata: {name: \(name), owner: tests}
            spec:
              enforcement: {stage: \(stage)}
              scope: {namespaces: \(namespaces), images: \(images)}
              signers:
                corporate: {key: {file: corporate.pub}\(option)}
                pipeline: {key: {file: pipeline.pub}}
                second: {key: {file: second.pub}}
              require:
            \(indented(require))\(deny.map { "\n  deny:\n" + indented($0) } ?? "")

            """
    }

    /// Loads policy documents, each a file of its own.
    static func load(_ documents: String...) throws -> PolicySet { try load(documents) }

    /// - Parameters:
    ///   - reversed: sources and files the other way round.
    ///   - files: what lies beside the policies besides keys.
    static func load(
        _ policies: [String], guardrails: [String] = [], exceptions: [String] = [], reversed: Bool = false,
        files: [String: [UInt8]] = [:]
    ) throws -> PolicySet {
        let keys = Dictionary(
            uniqueKeysWithValues: try Signatory.allCases.filter { $0 != .stranger }.map {
                ("\($0.rawValue).pub", Array(try $0.key.publicKey.pem.utf8))
            }
        ).merging(files) { $1 }
        func source(_ name: String, _ documents: [String]) -> PolicySource {
            let files = documents.enumerated().map {
                PolicyFile(path: "policy-\($0).yaml", bytes: Array($1.utf8))
            }
            return PolicySource(
                name: name, files: reversed ? files.reversed() : files, mayCarryGuardrails: name == "guardrails"
            ) { path in
                keys[path].map { .success($0) } ?? .failure(KeyFileError("no such key"))
            }
        }
        let sources = [("tests", policies), ("guardrails", guardrails), ("exceptions", exceptions)]
            .filter { !$0.1.isEmpty }.map { source($0.0, $0.1) }
        return try PolicySet.load(reversed ? sources.reversed() : sources)
    }

    /// A guardrail that permits exceptions and break-glass for what the finance policy requires.
    static func guardrail(_ more: String = "", approvers: String = "[alice, bob, carol]") -> String {
        """
        apiVersion: landwaiter.dev/v1
        kind: Guardrail
        metadata: {name: organisation, owner: security}
        spec:
          scope: {namespaces: ["**"], images: ["**"]}
          signers:
            alice: {key: {file: corporate.pub}}
            bob: {key: {file: second.pub}}
            carol: {key: {file: pipeline.pub}}
          exceptions: {from: [exceptions], mayWaive: [{policy: tests/policy, rule: built}], longest: 30d}
          breakGlass: {approvers: {atLeast: 2, of: \(approvers)}, longest: 4h}
        \(more)

        """
    }

    /// Waives `built` of the finance policy for a digest.
    static func exception(_ digest: Digest, name: String = "fin-482") -> String {
        """
        apiVersion: landwaiter.dev/v1
        kind: Exception
        metadata: {name: \(name), owner: payments-platform}
        spec:
          waives: {policy: tests/policy, rule: built}
          scope: {namespaces: [finance], images: ["registry.example/finance/ledger@\(digest)"]}
          from: 2026-11-20T00:00:00Z
          expires: 2026-12-15T00:00:00Z
          reason: the pipeline moves
          ticket: FIN-482

        """
    }

    private static func indented(_ text: String) -> String {
        text.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
    }
}

extension AdmissionRecord {
    /// The codes of evidence that was refused, sorted, each once.
    var refusedCodes: [String] { Set(refused.map(\.finding.code.name)).sorted() }
    /// The codes of all findings, sorted, each once.
    var codes: [String] { Set(findings.map(\.code.name)).sorted() }
    var text: String { String(decoding: canonicalBytes, as: UTF8.self) }
}
