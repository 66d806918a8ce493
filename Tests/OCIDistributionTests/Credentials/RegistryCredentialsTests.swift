import OCI
import OCIDistribution
import Synchronization
import Testing

struct RegistryCredentialsTests {
    private let place: CredentialPlace
    private let registry: RegistryHost

    init() throws {
        place = try CredentialPlace()
        registry = try #require(RegistryHost(parsing: "registry.example"))
    }

    private func user(_ credentials: RegistryCredentials, _ repository: String = "a/b") async throws -> String? {
        guard
            case .password(let user, _)? = try await credentials.credential(registry: registry, repository: repository)
        else { return nil }
        return user.revealed
    }

    private let inFile = #""auths":{"registry.example":{"auth":"ZmlsZTpw"}}"#

    @Test func asksTheRegistrysHelperInsteadOfTheFile() async throws {
        try await place.helper("one", #"echo '{"Username":"one","Secret":"s"}'"#)
        try await place.helper("all", #"echo '{"Username":"all","Secret":"s"}'"#)
        let helpers = #""credHelpers":{"registry.example":"one"},"credsStore":"all""#
        #expect(try await user(try place.credentials("{\(inFile),\(helpers)}")) == "one")
        #expect(try await user(try place.credentials(#"{\#(inFile),"credsStore":"all"}"#)) == "all")
        #expect(try await user(try place.credentials("{\(inFile)}")) == "file")
    }

    @Test func believesAHelperThatKnowsNone() async throws {
        try await place.helper("none", "echo 'credentials not found in native keychain'; exit 1")
        let own = #"{\#(inFile),"credHelpers":{"registry.example":"none"}}"#
        #expect(try await user(try place.credentials(own)) == nil)
        // The store for all is no word on what stands in the file.
        #expect(try await user(try place.credentials(#"{\#(inFile),"credsStore":"none"}"#)) == "file")
    }

    @Test func neverFallsBackWhenAHelperFails() async throws {
        try await place.helper("broken", "exit 1")
        for configuration in [#""credHelpers":{"registry.example":"broken"}"#, #""credsStore":"broken""#] {
            let credentials = try place.credentials("{\(inFile),\(configuration)}")
            await #expect(throws: CredentialError.self) { try await user(credentials) }
        }
    }

    @Test func sharesOneRunOfAHelper() async throws {
        try await place.helper("one", #"echo x >> "$HOME/runs"; sleep 0.2; echo '{"Username":"one","Secret":"s"}'"#)
        let credentials = try place.credentials(#"{"credsStore":"one"}"#)
        try await withThrowingTaskGroup(of: String?.self) { group in
            for number in 0..<8 { group.addTask { try await user(credentials, "a/r\(number)") } }
            for try await found in group { #expect(found == "one") }
        }
        #expect(try await user(credentials) == "one")
        #expect(place.read("runs") == "x\n")
    }

    /// What is found through a search, and the warnings.
    private func ask(
        _ search: CredentialFileSearch
    ) async throws -> (user: String?, warnings: [CredentialWarning]) {
        let warnings = Mutex<[CredentialWarning]>([])
        let credentials = RegistryCredentials(search, environment: place.environment) { warning in
            warnings.withLock { $0.append(warning) }
        }
        _ = try await user(credentials)
        return (try await user(credentials), warnings.withLock { $0 })
    }

    @Test func asksFilesInTurn() async throws {
        try place.file("r/containers/auth.json", #"{"auths":{"other.example":{"auth":"b3RoZXI6cA=="}}}"#)
        try place.file("d/config.json", "{\(inFile)}")
        let environment = [
            "XDG_RUNTIME_DIR": place.path + "/r", "HOME": place.path, "DOCKER_CONFIG": place.path + "/d",
        ]
        let found = try await ask(CredentialFileSearch(file: nil, environment: environment))
        #expect(found.user == "file")
        #expect(found.warnings == [])
    }

    @Test func rejectsANamedFileThatIsNotThere() async throws {
        let search = CredentialFileSearch(file: place.path + "/absent.json", environment: [:])
        await #expect(throws: CredentialError.file(place.path + "/absent.json", reason: "no such file")) {
            try await ask(search)
        }
    }

    @Test func rejectsAFileThatNobodyWrote() async throws {
        let path = try place.file("large.json", String(repeating: " ", count: (1 << 20) + 1))
        await #expect(throws: CredentialError.tooLarge(file: path, size: (1 << 20) + 1)) {
            try await ask(CredentialFileSearch(file: path, environment: [:]))
        }
        await #expect(throws: CredentialError.self) {
            try await ask(CredentialFileSearch(file: place.path, environment: [:]))
        }
    }

    @Test func warnsOnceOfSecretsThatOthersMayRead() async throws {
        let open = try place.file("open.json", "{\(inFile)}", mode: 0o644)
        let found = try await ask(CredentialFileSearch(file: open, environment: [:]))
        #expect(found.warnings == [.readableByOthers(file: open, mode: 0o644)])
        // Without secrets there is nothing to read.
        let harmless = try place.file("harmless.json", #"{"auths":{}}"#, mode: 0o644)
        #expect(try await ask(CredentialFileSearch(file: harmless, environment: [:])).warnings == [])
    }

    /// A public image is nobody's business: no file is opened and no helper runs until a registry wants credentials.
    @Test func readsNothingBeforeItIsAsked() async throws {
        let search = CredentialFileSearch(file: place.path + "/absent.json", environment: [:])
        _ = RegistryCredentials(search, environment: [:], warn: { _ in Issue.record("expected silence") })
    }
}
