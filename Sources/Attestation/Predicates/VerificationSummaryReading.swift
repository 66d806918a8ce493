import StrictEncoding

extension VerificationSummary {
    /// Reads the verification summary that a statement holds.
    ///
    /// - Throws: `VerificationSummaryError`: the family `verification-summary`, or a limit. Whether the summary passes,
    ///   and at which level, is not judged here.
    public init(statement: Statement) throws(VerificationSummaryError) {
        guard let type = PredicateType(statement.predicateType), type.family == .verificationSummary else {
            throw .otherPredicate(statement.predicateType)
        }
        guard let version = type.version.flatMap(Version.init) else {
            throw .unsupportedVersion(type.version ?? "none")
        }
        do {
            try self.init(version, PredicateReader(predicate: statement.predicate))
        } catch {
            throw VerificationSummaryError(error)
        }
        try checkLevels()
    }

    private init(_ version: Version, _ predicate: PredicateReader) throws(ProvenanceError) {
        /// Version 0.2 writes its fields with underscores.
        func name(_ v1: String, _ v0_2: String) -> String { version == .v1 ? v1 : v0_2 }

        self.version = version
        let verifier = try Self.required(predicate.object("verifier"), "verifier", "an object")
        self.verifier = try Self.required(verifier.text("id"), "verifier.id", "a non-empty string")
        verifierVersions = try verifier.digests("version")

        let time = name("timeVerified", "time_verified")
        timeVerified = try predicate.time(time)
        if version == .v0_2, timeVerified == nil { throw .malformed(time, expected: "a time") }
        let resource = name("resourceUri", "resource_uri")
        resourceURI = try Self.required(predicate.text(resource), resource, "a non-empty string")

        let policy = try Self.required(predicate.object("policy"), "policy", "an object")
        policyURI = try Self.required(policy.text("uri"), "policy.uri", "a non-empty string")
        policyDigests = try policy.digests("digest")

        let inputs = name("inputAttestations", "input_attestations")
        if predicate[inputs] == nil {
            inputAttestations = nil
        } else {
            var descriptors: [Descriptor] = []
            for entry in try predicate.objects(inputs, limit: Self.maximumInputs) {
                let digests = try entry.digests("digest")
                guard !digests.isEmpty else { throw .malformed(entry.place("digest"), expected: "a digest") }
                try descriptors.append(Descriptor(uri: entry.text("uri"), digests: digests))
            }
            inputAttestations = descriptors
        }

        let result = name("verificationResult", "verification_result")
        let stated = try Self.required(predicate.text(result), result, "`PASSED` or `FAILED`")
        self.result = try Self.required(
            Result.allCases.first { stated == ExactString($0.rawValue) }, result, "`PASSED` or `FAILED`")

        switch version {
        case .v1:
            verifiedLevels = try Self.required(
                predicate.texts("verifiedLevels", limit: Self.maximumLevels), "verifiedLevels", "an array")
        case .v0_2:
            verifiedLevels = [
                try Self.required(predicate.text("policy_level"), "policy_level", "a non-empty string")
            ]
        }
        dependencyLevels = try Self.counts(predicate, name("dependencyLevels", "dependency_levels"))
        if version == .v0_2, dependencyLevels == nil { throw .malformed("dependency_levels", expected: "an object") }
        slsaVersion = try predicate.text("slsaVersion")
    }

    /// "Users MUST NOT include more than one level per SLSA track", and nothing that failed has passed.
    private func checkLevels() throws(VerificationSummaryError) {
        var stated: [ExactString: ExactString] = [:]
        for text in verifiedLevels {
            if result == .passed, text == ExactString(Result.failed.rawValue) {
                throw .contradictsItself(ExactString(result.rawValue), text)
            }
            guard let level = TrackLevel(text) else { continue }
            if let other = stated[level.track] { throw .contradictsItself(other, text) }
            stated[level.track] = text
        }
    }

    private static func counts(
        _ predicate: PredicateReader, _ name: String
    ) throws(ProvenanceError) -> [ExactString: Int]? {
        guard let object = try predicate.object(name) else { return nil }
        guard object.object.count <= maximumLevels else { throw .tooMany(name, limit: maximumLevels) }
        var counts: [ExactString: Int] = [:]
        for (level, value) in object.object {
            guard let count = value.int, count >= 0 else { throw .malformed(object.place(level), expected: "a count") }
            counts[ExactString(level)] = count
        }
        return counts
    }

    private static func required<Value>(
        _ value: Value?, _ place: String, _ expected: String
    ) throws(ProvenanceError) -> Value {
        guard let value else { throw .malformed(place, expected: expected) }
        return value
    }

    /// A verifier goes by some tens of attestations.
    static let maximumInputs = 10_000
    /// Tracks and properties; SLSA 1.2 defines two of each, and organisations add their own.
    static let maximumLevels = 1_000
}

extension VerificationSummaryError {
    /// The readers of predicates share their errors.
    fileprivate init(_ error: ProvenanceError) {
        switch error {
        case .malformed(let place, let expected): self = .malformed(place, expected: expected)
        case .malformedTime(let place, let text): self = .malformedTime(place, text)
        case .tooMany(let place, let limit): self = .tooMany(place, limit: limit)
        case .otherPredicate(let type): self = .otherPredicate(type)
        case .contradictsItself(_, let stated, let elsewhere): self = .contradictsItself(stated, elsewhere)
        case .parameterNameTooLong(let limit): self = .tooMany("predicate", limit: limit)
        }
    }
}
