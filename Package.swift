// swift-tools-version:6.2
import PackageDescription

// Warnings are errors in CI only, so that a newer compiler never breaks a user's build.
let strictWarnings: [SwiftSetting] =
    Context.environment["LANDWAITER_WARNINGS_AS_ERRORS"] == nil ? [] : [.treatAllWarnings(as: .error)]

/// `FUZZ=1 swift build -c release --product fuzz-strict-encoding --scratch-path .build/fuzz`, see Tests/Fuzz.
let fuzzing = Context.environment["FUZZ"] != nil
let fuzzerFlags = ["-sanitize=fuzzer,address"]

let house: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ] + strictWarnings + (fuzzing ? [.unsafeFlags(fuzzerFlags)] : [])

/// The leaf parsers work on borrowed bytes.
let spans: [SwiftSetting] = house + [.enableExperimentalFeature("Lifetimes")]

// The arrows of docs/architecture.md; Scripts/check-architecture compares the two.
let package = Package(
    name: "landwaiter",
    products: [
        .library(name: "Landwaiter", targets: ["Landwaiter"]),
        .library(name: "StrictEncoding", targets: ["StrictEncoding"]),
        .library(name: "OCI", targets: ["OCI"]),
        .library(name: "Attestation", targets: ["Attestation"]),
        .library(name: "SBOM", targets: ["SBOM"]),
        .library(name: "TUF", targets: ["TUF"]),
        .library(name: "TUFClient", targets: ["TUFClient"]),
        .executable(name: "landwaiter", targets: ["landwaiter-cli"]),
        .executable(name: "landwaiter-server", targets: ["landwaiter-server"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.5.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Ground
        .target(name: "StrictEncoding", swiftSettings: spans),
        .target(name: "Findings", swiftSettings: house),
        .target(
            name: "Content",
            dependencies: ["StrictEncoding", "Findings", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: house),
        // Formats
        .target(name: "OCI", dependencies: ["StrictEncoding", "Findings", "Content"], swiftSettings: house),
        .target(name: "Attestation", dependencies: ["StrictEncoding", "Findings", "Content"], swiftSettings: house),
        .systemLibrary(
            name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(
            name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
        .target(name: "YAML", dependencies: ["StrictEncoding", "Findings", "CLibYAML"], swiftSettings: house),
        .target(
            name: "SBOM", dependencies: ["StrictEncoding", "Findings", "CExpat", "YAML"], swiftSettings: spans),
        .target(name: "Kubernetes", dependencies: ["StrictEncoding", "Findings", "YAML"], swiftSettings: house),
        // Trust
        .target(
            name: "PKI",
            dependencies: [
                "StrictEncoding", "Findings", "Content",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ],
            swiftSettings: house),
        .target(
            name: "TransparencyLog",
            dependencies: [
                "StrictEncoding", "Findings", "Content", "Attestation", "PKI",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: house),
        .target(
            name: "Signing",
            dependencies: [
                "StrictEncoding", "Findings", "Content", "OCI", "Attestation", "PKI",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
            ],
            swiftSettings: house),
        .target(
            name: "Sigstore",
            dependencies: ["StrictEncoding", "Findings", "Content", "Attestation", "PKI", "TransparencyLog"],
            swiftSettings: house),
        .target(name: "TUF", dependencies: ["StrictEncoding", "Findings", "Content", "PKI"], swiftSettings: house),
        // Decisions
        .target(
            name: "AdmissionPolicy",
            dependencies: [
                "StrictEncoding", "Findings", "Content", "OCI", "Attestation", "SBOM", "PKI", "YAML",
            ],
            swiftSettings: house),
        // Pipeline
        .target(
            name: "Admission",
            dependencies: [
                "StrictEncoding", "Findings", "Content", "OCI", "Attestation", "SBOM", "PKI", "TransparencyLog",
                "Signing", "Sigstore", "TUF", "AdmissionPolicy",
            ],
            swiftSettings: house),
        // Edges
        .systemLibrary(
            name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(
            name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .target(name: "LocalFiles", swiftSettings: house),
        .target(
            name: "Archives", dependencies: ["Findings", "LocalFiles", "CZlib", "CZstd"], swiftSettings: house),
        .target(
            name: "ImageStore",
            dependencies: ["StrictEncoding", "Findings", "Content", "OCI", "LocalFiles", "Archives"],
            swiftSettings: house),
        .target(
            name: "HTTPTransport",
            dependencies: [
                "Findings",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ],
            swiftSettings: house),
        .target(
            name: "OCIDistribution",
            dependencies: ["StrictEncoding", "Findings", "Content", "OCI", "LocalFiles", "HTTPTransport"],
            swiftSettings: house),
        .target(
            name: "TUFClient",
            dependencies: [
                "StrictEncoding", "Findings", "Content", "TUF", "LocalFiles", "Archives", "HTTPTransport",
            ],
            swiftSettings: house),
        .target(
            name: "Reports",
            dependencies: ["StrictEncoding", "Findings", "Content", "OCI", "AdmissionPolicy", "Admission"],
            swiftSettings: house),
        .systemLibrary(
            name: "CPostgreSQL", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(name: "Deadlines", swiftSettings: house),
        .target(
            name: "VerdictStorage",
            dependencies: [
                "StrictEncoding", "Findings", "Content", "LocalFiles", "Deadlines", "CZstd", "CPostgreSQL",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: house),
        .target(
            name: "AdmissionService",
            dependencies: [
                "StrictEncoding", "Findings", "Content", "OCI", "AdmissionPolicy", "Admission",
                "HTTPTransport", "OCIDistribution", "Deadlines", "VerdictStorage",
            ],
            swiftSettings: house),
        .target(
            name: "AdmissionServer",
            dependencies: [
                "StrictEncoding", "Findings", "Content", "OCI", "Kubernetes", "PKI", "AdmissionPolicy", "Admission",
                "LocalFiles", "HTTPTransport", "VerdictStorage", "AdmissionService",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: house),
        // Products
        .target(
            name: "Landwaiter",
            dependencies: [
                "StrictEncoding", "Findings", "Content", "OCI", "Attestation", "SBOM", "PKI", "TransparencyLog",
                "Signing", "Sigstore", "AdmissionPolicy", "Admission", "ImageStore", "Reports",
            ],
            swiftSettings: house),
        .target(
            name: "LandwaiterCommands",
            dependencies: [
                "StrictEncoding", "Findings", "Content", "OCI", "Attestation", "SBOM", "Kubernetes", "PKI",
                "TransparencyLog", "Signing", "Sigstore", "AdmissionPolicy", "Admission", "ImageStore",
                "HTTPTransport", "OCIDistribution", "TUF", "TUFClient", "Reports",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: house),
        .executableTarget(
            name: "landwaiter-cli", dependencies: ["LandwaiterCommands"], path: "Sources/landwaiter",
            swiftSettings: house),
        .target(
            name: "LandwaiterServerCommands",
            dependencies: [
                "StrictEncoding", "Findings", "Content", "OCI", "Kubernetes", "PKI", "Sigstore", "AdmissionPolicy",
                "Admission", "ImageStore", "HTTPTransport", "OCIDistribution", "Deadlines", "VerdictStorage",
                "AdmissionService", "AdmissionServer", "LandwaiterCommands",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: house),
        .executableTarget(
            name: "landwaiter-server", dependencies: ["LandwaiterServerCommands"], swiftSettings: house),
        // Makes testdata/; no product.
        .executableTarget(
            name: "landwaiter-testdata",
            dependencies: ["StrictEncoding", "Content", "OCI", "PKI", "TransparencyLog", "Signing", "Simulators"],
            path: "Tests/TestdataGenerator", swiftSettings: house),
        // Services that sign for real, for tests and for testdata/; no product.
        .target(
            name: "Simulators",
            dependencies: ["StrictEncoding", "Content", "Attestation", "PKI", "TransparencyLog", "Signing"],
            path: "Tests/Simulators", swiftSettings: house),
        // A registry on loopback that misbehaves as told, and Debian's beside it, for tests; no product.
        .target(
            name: "RegistrySimulator",
            dependencies: [
                "StrictEncoding", "Content", "OCI",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "Tests/RegistrySimulator", swiftSettings: house),
        // A TUF client as a program, for upstream's conformance suite and for tests that end processes; no product.
        .executableTarget(
            name: "landwaiter-tuf-client",
            dependencies: ["StrictEncoding", "Content", "TUF", "TUFClient", "LocalFiles"],
            path: "Tests/TUFConformanceClient", swiftSettings: house),
        // Records verdicts and does jobs until it is killed, for tests that kill it; no product.
        .executableTarget(
            name: "landwaiter-store-worker", dependencies: ["StrictEncoding", "VerdictStorage"],
            path: "Tests/StoreWorker", swiftSettings: house),
        // Tests
        .testTarget(name: "StrictEncodingTests", dependencies: ["StrictEncoding"], swiftSettings: house),
        .testTarget(
            name: "ContentTests", dependencies: ["StrictEncoding", "Findings", "Content"], swiftSettings: house),
        .testTarget(
            name: "OCITests", dependencies: ["StrictEncoding", "Findings", "Content", "OCI"], swiftSettings: house),
        .testTarget(
            name: "AttestationTests", dependencies: ["StrictEncoding", "Findings", "Content", "Attestation"],
            swiftSettings: house),
        .testTarget(name: "SBOMTests", dependencies: ["StrictEncoding", "Findings", "SBOM"], swiftSettings: house),
        .testTarget(
            name: "KubernetesTests", dependencies: ["StrictEncoding", "Findings", "YAML", "Kubernetes"],
            swiftSettings: house),
        .testTarget(
            name: "PKITests", dependencies: ["StrictEncoding", "Findings", "Content", "PKI", "Signing", "Simulators"],
            swiftSettings: house),
        .testTarget(
            name: "TransparencyLogTests",
            dependencies: [
                "StrictEncoding", "Findings", "Content", "Attestation", "PKI", "Signing", "TransparencyLog",
                "Simulators",
            ],
            swiftSettings: house),
        .testTarget(
            name: "SigstoreTests",
            dependencies: [
                "StrictEncoding", "Findings", "Content", "Attestation", "PKI", "Signing", "TransparencyLog", "Sigstore",
                "Simulators",
            ],
            swiftSettings: house),
        .testTarget(
            name: "TUFTests",
            dependencies: ["StrictEncoding", "Findings", "Content", "PKI", "Signing", "TUF", "Simulators"],
            swiftSettings: house),
        .testTarget(
            name: "AdmissionPolicyTests",
            dependencies: [
                "StrictEncoding", "Findings", "Content", "OCI", "Attestation", "SBOM", "PKI", "AdmissionPolicy",
            ],
            swiftSettings: house),
        .testTarget(
            name: "ImageStoreTests",
            dependencies: [
                "StrictEncoding", "Findings", "Content", "OCI", "LocalFiles", "Archives", "ImageStore", "CZlib",
                "CZstd",
            ],
            swiftSettings: house),
        .testTarget(
            name: "HTTPTransportTests",
            dependencies: [
                "HTTPTransport", "RegistrySimulator",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "OCIDistributionTests",
            dependencies: [
                "StrictEncoding", "Findings", "Content", "OCI", "HTTPTransport", "OCIDistribution", "RegistrySimulator",
            ],
            swiftSettings: house),
        .testTarget(
            name: "TUFClientTests",
            dependencies: [
                "StrictEncoding", "Findings", "Content", "PKI", "Signing", "TUF", "TUFClient", "Archives",
                "HTTPTransport", "Simulators", "landwaiter-tuf-client",
            ],
            swiftSettings: house),
        .testTarget(
            name: "RegistrySimulatorTests",
            dependencies: ["StrictEncoding", "Content", "OCI", "HTTPTransport", "RegistrySimulator"],
            swiftSettings: house),
        .testTarget(
            name: "AdmissionTests",
            dependencies: ["Landwaiter", "Simulators", "HTTPTransport", "OCIDistribution", "RegistrySimulator"],
            swiftSettings: house),
        .testTarget(
            name: "VerdictStorageTests",
            dependencies: ["StrictEncoding", "Deadlines", "VerdictStorage", "landwaiter-store-worker"],
            swiftSettings: house),
        .testTarget(
            name: "AdmissionServiceTests",
            dependencies: [
                "Landwaiter", "Deadlines", "VerdictStorage", "AdmissionService", "Simulators", "HTTPTransport",
                "OCIDistribution", "RegistrySimulator",
            ],
            swiftSettings: house),
        .testTarget(
            name: "AdmissionServerTests",
            dependencies: [
                "Landwaiter", "Kubernetes", "VerdictStorage", "AdmissionService", "AdmissionServer", "Simulators",
                "HTTPTransport", "OCIDistribution", "RegistrySimulator",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "LandwaiterServerCommandsTests",
            dependencies: [
                "LandwaiterServerCommands", "LandwaiterCommands", "Landwaiter", "VerdictStorage", "AdmissionService",
                "AdmissionServer", "HTTPTransport", "Simulators", "RegistrySimulator",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "LandwaiterCommandsTests",
            dependencies: [
                "LandwaiterCommands", "Landwaiter", "Simulators", "OCI", "OCIDistribution", "RegistrySimulator",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "ConformanceTests",
            dependencies: ["Landwaiter", "LandwaiterCommands", "TransparencyLog", "TUF", "TUFClient"],
            swiftSettings: house),
    ]
)

if fuzzing {
    let linker: [LinkerSetting] = [.unsafeFlags(fuzzerFlags + ["-use-ld=lld"])]
    func fuzzer(_ name: String, in folder: String, of dependencies: [Target.Dependency]) -> Target {
        .executableTarget(
            name: name, dependencies: dependencies, path: "Tests/Fuzz/" + folder, swiftSettings: house,
            linkerSettings: linker)
    }
    let fuzzers = [
        fuzzer("fuzz-strict-encoding", in: "StrictEncoding", of: ["StrictEncoding"]),
        fuzzer("fuzz-sbom", in: "SBOM", of: ["SBOM"]),
        fuzzer("fuzz-package-facts", in: "PackageFacts", of: ["StrictEncoding", "SBOM"]),
        fuzzer("fuzz-pki", in: "PKI", of: ["StrictEncoding", "PKI"]),
        fuzzer("fuzz-tuf-metadata", in: "TUFMetadata", of: ["StrictEncoding", "TUF", "Simulators"]),
        fuzzer(
            "fuzz-server", in: "Server",
            of: [
                "StrictEncoding", "Findings", "Content", "OCI", "Kubernetes", "PKI", "AdmissionPolicy", "Admission",
                "HTTPTransport", "OCIDistribution", "AdmissionServer",
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
    ]

    // Of the server and what is below it, only the files that read what strangers send: no HTTP and no pipeline is built.
    let ground: [Target.Dependency] = ["StrictEncoding", "Findings", "Content", "OCI", "LocalFiles"]
    let readers: [String: (sources: [String], dependencies: [Target.Dependency])] = [
        "AdmissionPolicy": (
            ["Verdict.swift", "Document/EnforcementStage.swift", "Document/PolicyName.swift"], ground
        ),
        "Admission": (["ServiceReasons.swift"], ground),
        "HTTPTransport": (
            ["WebURL.swift", "NetworkAddress.swift", "AddressPolicy.swift", "HTTPMessage.swift"], ground
        ),
        "OCIDistribution": (["Authentication", "Credentials"], ground + ["HTTPTransport"]),
        "AdmissionServer": (
            [
                "Kubernetes/AdmissionReview.swift", "Kubernetes/RequestedChange.swift", "Kubernetes/PinPatch.swift",
                "Kubernetes/AdmissionAnswer.swift", "Kubernetes/ImageRuling.swift", "Kubernetes/WebhookText.swift",
                "Notifications/DistributionEnvelope.swift", "Notifications/HarborEvent.swift",
                "Notifications/NotificationMapping.swift", "Notifications/UnverifiedPush.swift",
                "Notifications/NotificationRegistry.swift", "Notifications/NotificationAuthentication.swift",
                "Gatekeeper/ProviderRequest.swift", "API/VerifyRequest.swift", "Callers", "HTTP/Problem.swift",
                "HTTP/Surface.swift", "HTTP/SurfaceName.swift", "HTTP/RequestTarget.swift",
                "HTTP/StatedTimeout.swift", "TLS/WatchedFiles.swift",
            ],
            ground + [
                "Kubernetes", "PKI", "AdmissionPolicy", "Admission",
                .product(name: "Crypto", package: "swift-crypto"),
            ]
        ),
    ]
    for target in package.targets {
        guard let (sources, dependencies) = readers[target.name] else { continue }
        target.sources = sources
        target.dependencies = dependencies
        target.exclude = target.name == "AdmissionServer" ? ["Callers/CallerGate.swift"] : []
        // The targets look inside, as tests do.
        target.swiftSettings = house + [.unsafeFlags(["-enable-testing"])]
    }

    // Nothing but what these need is there to be built, so that one `swift build` builds them all and no more.
    func names(_ target: Target) -> [String] {
        target.dependencies.compactMap {
            if case .byNameItem(let name, _) = $0 { name } else { nil }
        }
    }
    var needed: Set<String> = []
    var open = fuzzers.flatMap(names)
    while let name = open.popLast() {
        guard needed.insert(name).inserted, let target = package.targets.first(where: { $0.name == name }) else {
            continue
        }
        open += names(target)
    }
    package.targets = package.targets.filter { needed.contains($0.name) } + fuzzers
    package.products = []
    package.dependencies = package.dependencies.filter { dependency in
        guard case .sourceControl(_, let location, _) = dependency.kind else { return false }
        return ["swift-crypto", "swift-asn1", "swift-certificates"].contains { location.hasSuffix("/" + $0) }
    }
}
