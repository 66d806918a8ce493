import HTTPTransport
import OCI
import OCIDistribution
import RegistrySimulator
import Testing

struct RegistryExaminationTests {
    private typealias Feature = RegistryExamination.Feature

    /// Examines a simulated registry, in the repository of all tests.
    private func examine(
        _ alter: (inout RegistryFeatures) -> Void = { _ in }, writing: Bool = false,
        inject: (SimulatedRegistry) -> Void = { _ in },
        client: (inout RegistryClient.Configuration) -> Void = { _ in }
    ) async throws -> (examination: RegistryExamination, requests: [RecordedRequest], left: [String]) {
        try await SimulatedRegistry.with(RegistryFeatures(alter)) { registry in
            registry.contents.pushImage(in: repository, tag: "v1")
            inject(registry)
            let before = registry.contents.manifests(in: repository)
            let examination = try await Client {
                $0.exchangeTimeout = .seconds(120)
                client(&$0)
            }.client.examine(
                try #require(RegistryHost(parsing: registry.host)), repository: repository, writing: writing,
                by: OperationDeadline(.seconds(180)))
            let left = registry.contents.manifests(in: repository).filter { !before.contains($0) }
            return (examination, registry.requests, left)
        }
    }

    @Test func findsEverythingInARegistryThatHasIt() async throws {
        let (examination, _, left) = try await examine(writing: true)
        for feature in Feature.allCases {
            switch feature {
            case .tls, .authentication: #expect(examination[feature] == .no)
            case .credentials: #expect(examination[feature] == .unknown)
            default: #expect(examination[feature] == .yes, "\(feature)")
            }
        }
        #expect(examination.lines.map(\.feature) == Feature.allCases)
        #expect(examination.isReadable)
        #expect(left == [])
    }

    @Test func changesNothingUnlessItMay() async throws {
        let (examination, requests, _) = try await examine()
        #expect(requests.allSatisfy { $0.method == "GET" || $0.method == "HEAD" })
        #expect(examination[.upload] == nil)
        #expect(examination[.deleteManifest] == nil)
        #expect(examination[.referrers] == .yes)
    }

    @Test func tellsWhatARegistryLacks() async throws {
        let (examination, _, left) = try await examine(
            { configuration in
                configuration.referrers = .none
                configuration.uploads.chunked = false
                configuration.uploads.mount = false
                configuration.deletes = false
            }, writing: true)
        for feature in [
            Feature.referrers, .referrersFilter, .chunkedUpload, .mount, .subject, .referrerListed, .deleteManifest,
            .deleteBlob,
        ] {
            #expect(examination[feature] == .no, "\(feature)")
        }
        for feature in [Feature.pull, .fallbackTag, .upload] { #expect(examination[feature] == .yes, "\(feature)") }
        #expect(examination.isReadable)
        #expect(left.count == 2)
    }

    @Test func tellsAFilterFromNone() async throws {
        let (examination, _, _) = try await examine { $0.referrers.filters = false }
        #expect(examination[.referrers] == .yes)
        #expect(examination[.referrersFilter] == .no)
    }

    @Test func asksNobodyElseOnceARegistryIsNotReached() async throws {
        let client = try Client().client
        let examination = await client.examine(
            try #require(RegistryHost(parsing: "127.0.0.1:1")), repository: repository, writing: true,
            by: OperationDeadline(.seconds(10)))
        #expect(examination.lines.map(\.feature) == [.reachable])
        #expect(examination[.reachable] == .no)
        #expect(!examination.isReadable)
    }

    @Test func knowsWhatIsNoRegistry() async throws {
        let (examination, _, _) = try await examine(inject: { $0.inject(.status(404), on: .get("/v2/")) })
        #expect(examination[.reachable] == .no)
        #expect(!examination.isReadable)
    }

    @Test func saysWhetherCredentialsAreTaken() async throws {
        func basic(_ configuration: inout RegistryFeatures) {
            configuration.authentication = .basic(users: ["someone": "hunter2"])
        }
        let (without, _, _) = try await examine(basic)
        #expect(without[.reachable] == .yes)
        #expect(without[.authentication] == .yes)
        #expect(without[.credentials] == .no)
        #expect(!without.isReadable)
        let (with, _, _) = try await examine(
            basic,
            client: {
                $0.credentials = { _ in .password(user: Secret("someone"), password: Secret("hunter2")) }
            })
        #expect(with[.credentials] == .yes)
        #expect(with.isReadable)
        #expect(!with.lines.contains { $0.detail.contains("hunter2") || $0.detail.contains("someone") })
    }

    @Test func saysWhereTokensComeFrom() async throws {
        let service = TokenService()
        let (own, _, _) = try await examine { configuration in
            configuration.authentication = .bearer(service)
            configuration.tokenService = service
        }
        #expect(own[.authentication] == .yes)
        #expect(own.lines.first { $0.feature == .authentication }?.detail.contains("the registry itself") == true)
        #expect(own.isReadable)
        let (other, _, _) = try await examine {
            $0.authentication = .bearer(service, realm: "http://auth.example/token")
        }
        #expect(other[.credentials] == .no)
        #expect(!other.isReadable)
    }

    /// A registry must not choose who gets what is uploaded.
    @Test func followsNoUploadElsewhere() async throws {
        try await SimulatedRegistry.with { elsewhere in
            let place = elsewhere.url + "/v2/" + repository + "/blobs/uploads/1"
            let (examination, _, _) = try await examine(
                writing: true,
                inject: {
                    $0.inject(.header(name: "Location", value: place), on: RequestPattern(method: "POST"))
                })
            #expect(examination[.upload] == .no)
            #expect(examination[.chunkedUpload] == .no)
            #expect(elsewhere.requests.isEmpty)
        }
    }

    @Test func doesNotTakeAnAbsentRepositoryForAnAbsentInterface() async throws {
        let (examination, _, _) = try await examine(inject: { registry in
            registry.inject(.status(404), on: .containing("/tags/list"))
            registry.inject(.status(404), on: .containing("/referrers/"))
        })
        #expect(examination[.pull] == .unknown)
        #expect(examination[.referrers] == .unknown)
        #expect(examination.isReadable)
    }

    @Test func tellsThatNobodyMayRead() async throws {
        let (examination, _, _) = try await examine(inject: { $0.inject(.status(403), on: .containing("/tags/list")) })
        #expect(examination[.pull] == .no)
        #expect(!examination.isReadable)
    }

    /// Debian's registry: an old one, which is really there.
    @Test func examinesDockerRegistry() async throws {
        try await DockerRegistry.with { registry in
            let host = try #require(RegistryHost(parsing: registry.host))
            let client = try Client().client
            let examination = await client.examine(
                host, repository: repository, writing: true, by: OperationDeadline(.seconds(180)))
            #expect(examination.isReadable)
            for feature in [Feature.referrers, .referrersFilter, .subject, .referrerListed] {
                #expect(examination[feature] == .no, "\(feature)")
            }
            for feature in [Feature.upload, .chunkedUpload, .mount, .deleteManifest, .deleteBlob] {
                #expect(examination[feature] == .yes, "\(feature)")
            }
            let again = await client.examine(
                host, repository: nil, writing: false, by: OperationDeadline(.seconds(180)))
            #expect(again.lines.map(\.feature) == [.reachable, .tls, .authentication, .credentials])
        }
    }
}
