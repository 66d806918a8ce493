import LocalFiles
public import OCI

/// The credentials of a user, from files and the helpers that these name. Nothing is read before somebody asks.
///
/// An actor because a helper is a program: several requests that want the same credential share one run of it, and what
/// it said holds for a while.
public actor RegistryCredentials {
    private let search: CredentialFileSearch
    private let helpers: CredentialHelpers
    private let warn: @Sendable (CredentialWarning) -> Void
    private var files: [CredentialFile]?
    private var running: [HelperCall: Task<Result<RegistryCredential?, CredentialHelperError>, Never>] = [:]
    private var known: [HelperCall: (credential: RegistryCredential?, until: ContinuousClock.Instant)] = [:]

    /// How long what a helper said is used again. Tokens of clouds hold for an hour or more.
    static let lifetime = Duration.seconds(300)

    private struct HelperCall: Hashable {
        let helper: String
        let registry: RegistryHost
    }

    /// - Parameters:
    ///   - environment: the process's: `PATH` says where helpers are, and they get it all.
    ///   - warn: is told once what should be mended in the files.
    public init(
        _ search: CredentialFileSearch, environment: [String: String],
        helperDeadline: Duration = CredentialHelpers.standardDeadline,
        warn: @escaping @Sendable (CredentialWarning) -> Void
    ) {
        self.search = search
        self.warn = warn
        helpers = CredentialHelpers(environment: environment, deadline: helperDeadline)
    }

    /// Reads the files that are there, unless they were read.
    private func loaded() throws(CredentialError) -> [CredentialFile] {
        if let files { return files }
        var files: [CredentialFile] = []
        var warnings: [CredentialWarning] = []
        for path in search.paths {
            guard let (bytes, mode) = try Self.read(path, mayBeAbsent: !search.isNamed) else { continue }
            let file = try CredentialFile(name: path, parsing: bytes)
            files.append(file)
            if file.holdsSecrets, mode & 0o044 != 0 { warnings.append(.readableByOthers(file: path, mode: mode)) }
        }
        self.files = files
        warnings.forEach(warn)
        return files
    }

    /// The credential for a repository, nil if no file and no helper knows one.
    ///
    /// Each file is asked in turn: the helper that it names for the registry, which decides for the file; else the
    /// helper that it names for all; else what stands in it.
    public func credential(
        registry: RegistryHost, repository: String
    ) async throws(CredentialError) -> RegistryCredential? {
        for file in try loaded() {
            if let helper = file.helper(for: registry) {
                if let found = try await ask(helper, registry) { return found }
                continue
            }
            if let store = file.store, let found = try await ask(store, registry) { return found }
            if let found = try file.credential(registry: registry, repository: repository) { return found }
        }
        return nil
    }

    private static func read(
        _ path: String, mayBeAbsent: Bool
    ) throws(CredentialError) -> (bytes: [UInt8], mode: UInt32)? {
        do throws(FileError) {
            let file = try OpenFile.open(path: path, calledAs: path)
            return (try file.bytes(limit: CredentialFile.longest), UInt32(file.mode))
        } catch {
            if case .absent = error, mayBeAbsent { return nil }
            throw CredentialError(error, path: path)
        }
    }

    private func ask(_ helper: String, _ registry: RegistryHost) async throws(CredentialError) -> RegistryCredential? {
        let call = HelperCall(helper: helper, registry: registry)
        if let known = known[call], known.until > .now { return known.credential }
        let task =
            running[call]
            ?? Task { [helpers] () async -> Result<RegistryCredential?, CredentialHelperError> in
                do throws(CredentialHelperError) {
                    return .success(try await helpers.credential(helper: helper, registry: registry))
                } catch {
                    return .failure(error)
                }
            }
        running[call] = task
        let result = await task.value
        running[call] = nil
        switch result {
        case .success(let credential):
            known[call] = (credential, .now + Self.lifetime)
            return credential
        case .failure(let error): throw .helper(error)
        }
    }
}
