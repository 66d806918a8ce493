import Content
import Findings
import HTTPTransport
public import OCI

/// What a registry supports of what the product can make use of, found out by asking.
public struct RegistryExamination: Sendable, Equatable {
    public let registry: RegistryHost
    /// The repository that was asked about, if one was.
    public let repository: String?
    /// In the order of ``Feature``; features of a repository only where one was asked about, those of writing only
    /// where that was allowed.
    public private(set) var lines: [Line] = []

    /// What is asked for.
    public enum Feature: String, Sendable, CaseIterable {
        case reachable, tls, authentication, credentials
        case pull, referrers
        case referrersFilter = "referrers-filter"
        case fallbackTag = "fallback-tag"
        case upload
        case chunkedUpload = "chunked-upload"
        case mount
        case subject
        case referrerListed = "referrer-listed"
        case deleteManifest = "delete-manifest"
        case deleteBlob = "delete-blob"
    }

    public enum Answer: String, Sendable, CaseIterable { case yes, no, unknown }

    /// One feature; `detail` is one line for people, untrusted text in it quoted.
    public struct Line: Sendable, Equatable {
        public let feature: Feature
        public let answer: Answer
        public let detail: String
    }

    /// Whether anything says that images can't be read there.
    public var isReadable: Bool {
        self[.reachable] == .yes && self[.credentials] != .no && self[.pull] != .no
    }

    /// Nil if nobody asked.
    public subscript(_ feature: Feature) -> Answer? { lines.first { $0.feature == feature }?.answer }

    init(registry: RegistryHost, repository: String?) {
        self.registry = registry
        self.repository = repository
    }

    /// In the order of ``Feature``.
    fileprivate mutating func sort() {
        lines = Feature.allCases.flatMap { feature in lines.filter { $0.feature == feature } }
    }

    mutating func add(_ feature: Feature, _ answer: Answer, _ detail: String) {
        lines.append(Line(feature: feature, answer: answer, detail: detail))
    }
}

extension RegistryClient {
    /// Asks a registry, and a repository of it if one is named, what they support. Never throws: what goes wrong is an
    /// answer too.
    ///
    /// - Parameter writing: also uploads a blob and two manifests without a tag, and deletes them again as far as the
    ///   registry lets it.
    public func examine(
        _ registry: RegistryHost, repository: String?, writing: Bool, by deadline: OperationDeadline
    ) async -> RegistryExamination {
        var examination = RegistryExamination(registry: registry, repository: repository)
        let place = RegistryRepository(registry: registry, path: repository ?? "")
        guard await examineHost(place, &examination, by: deadline), repository != nil else { return examination }
        // First, because it makes a repository that was not there.
        if writing { await examineWriting(place, &examination, by: deadline) }
        await examineReading(place, &examination, by: deadline)
        if writing { await examineDeleting(place, &examination, by: deadline) }
        examination.sort()
        return examination
    }

    /// Whether there is somebody to ask more of.
    private func examineHost(
        _ place: RegistryRepository, _ examination: inout RegistryExamination, by deadline: OperationDeadline
    ) async -> Bool {
        let base = RegistryRequest(
            method: .get, target: .api, limit: RegistryRequest.shortAnswer, scopes: [], isIdempotent: true)
        let answer = await outcome { () throws(RegistryError) in
            try await self.answer(base, from: place, by: deadline)
        }
        var refusal: AuthenticationError?
        switch answer {
        case .success(let answer) where answer.status == 200:
            examination.add(.reachable, .yes, "`/v2/` answers 200")
        case .success(let answer) where answer.status == 403:
            examination.add(.reachable, .yes, "`/v2/` answers 403")
        case .success(let answer):
            examination.add(.reachable, .no, "`/v2/` answers \(answer.status): there is no registry, or it has failed")
            return false
        case .failure(.authentication(let error)):
            refusal = error
            examination.add(.reachable, .yes, "`/v2/` answers 401")
        case .failure(.credentials(let why)):
            examination.add(.reachable, .yes, "`/v2/` answers 401")
            examination.add(.credentials, .no, why)
            return false
        case .failure(let error):
            examination.add(.reachable, .no, error.message)
            return false
        }
        let (transportScheme, scheme) = manners(of: place.registry)
        switch transportScheme {
        case .http?: examination.add(.tls, .no, "plain HTTP")
        case .https?: examination.add(.tls, .yes, "the certificate is trusted")
        case nil: examination.add(.tls, .unknown, "not settled")
        }
        examination.add(.authentication, scheme == nil && refusal == nil ? .no : .yes, Self.shown(scheme, refusal))
        await examineCredentials(place, &examination, isAsked: scheme != nil, refusal)
        return refusal == nil || examination.repository != nil
    }

    private func examineCredentials(
        _ place: RegistryRepository, _ examination: inout RegistryExamination, isAsked: Bool,
        _ refusal: AuthenticationError?
    ) async {
        guard isAsked || refusal != nil else {
            examination.add(.credentials, .unknown, "nobody asks for any, so none were looked for")
            return
        }
        let lookUp = configuration.credentials
        let found = await outcome { () throws(RegistryError) in try await lookUp(place) }
        switch (found, refusal) {
        case (.failure(let error), _): examination.add(.credentials, .no, error.message)
        case (.success, let refusal?): examination.add(.credentials, .no, refusal.message)
        case (.success(nil), nil): examination.add(.credentials, .unknown, "none found; asked anonymously")
        case (.success(let credential?), nil):
            examination.add(.credentials, .yes, "\(credential), accepted")
        }
    }

    private static func shown(_ scheme: RegistryAuthentication.Scheme?, _ refusal: AuthenticationError?) -> String {
        switch scheme {
        case .basic?: return "basic"
        case .bearer(let realm, _)?:
            let standing =
                switch realm.standing {
                case .registry: "the registry itself"
                case .delegate: "known to belong to the registry"
                case .allowed: "allowed"
                case .elsewhere: "elsewhere: gets no credentials unless `--allow-registry-realm` names it"
                }
            return "bearer, tokens from \(Finding.quoted(realm.url.origin.description)) (\(standing))"
        case nil: return refusal?.message ?? "none is asked for"
        }
    }

    // MARK: Reading

    private func examineReading(
        _ place: RegistryRepository, _ examination: inout RegistryExamination, by deadline: OperationDeadline
    ) async {
        let tags = RegistryRequest.read("tags/list?n=1", of: place, limit: Self.longestTagList)
        let listed = await outcome { () throws(RegistryError) in try await self.answer(tags, from: place, by: deadline)
        }
        switch listed {
        case .success(let answer) where answer.status == 200: examination.add(.pull, .yes, "tags can be listed")
        case .success(let answer) where answer.status == 404:
            examination.add(.pull, .unknown, "no such repository, or none with a tag, or nobody may know")
        case .success(let answer): examination.add(.pull, .no, answer.failure("repository `\(place)`").message)
        case .failure(let error): examination.add(.pull, .no, error.message)
        }
        // What nobody ever refers to: an empty list is the right answer, and 404 means that there is no such API.
        let probe = VerifiedContent(namedByOwnDigest: Array("landwaiter registry doctor\n".utf8)).digest
        let referrers = await outcome { () throws(RegistryError) in
            try await self.referrers(
                of: probe, artifactType: DoctorArtifact.type, in: place, limits: ContentLimits(), by: deadline)
        }
        switch referrers {
        case .success(let list) where list.isSupported:
            examination.add(.referrers, .yes, "referrers are listed (distribution-spec 1.1)")
            examination.add(
                .referrersFilter, list.isFiltered ? .yes : .no,
                list.isFiltered ? "by artifact type" : "all types are given")
        case .success where examination[.pull] == .yes || examination[.subject] == .no:
            examination.add(.referrers, .no, "there is no such API; evidence is found by the fallback tag")
            examination.add(.referrersFilter, .no, "there is no such API")
        case .success:
            // 404 means either.
            examination.add(.referrers, .unknown, "no such API, or no such repository")
            examination.add(.referrersFilter, .unknown, "not asked")
        case .failure(let error):
            examination.add(.referrers, .no, error.message)
            examination.add(.referrersFilter, .unknown, "not asked")
        }
        let fallback = await outcome { () throws(RegistryError) in
            try await self.manifest(
                .tag(probe.referrersTag), in: place, limit: ContentLimits().manifestBytes, by: deadline)
        }
        switch fallback {
        case .success, .failure(.absent): examination.add(.fallbackTag, .yes, "tags like `sha256-…` can be asked for")
        case .failure(let error): examination.add(.fallbackTag, .no, error.message)
        }
    }

    /// Bytes; registries that don't know `n` give all tags.
    private static let longestTagList = 16 << 20

    func outcome<Value: Sendable>(
        _ body: () async throws(RegistryError) -> Value
    ) async -> Result<Value, RegistryError> {
        do throws(RegistryError) { return .success(try await body()) } catch { return .failure(error) }
    }
}
