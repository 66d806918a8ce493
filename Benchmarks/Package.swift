// swift-tools-version:6.2
import PackageDescription

// Its own package, so that nothing measured here weighs on who uses the library.
let package = Package(
    name: "benchmarks",
    dependencies: [.package(name: "landwaiter", path: "..")],
    targets: [
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                .product(name: "Landwaiter", package: "landwaiter"), .product(name: "SBOM", package: "landwaiter"),
            ],
            swiftSettings: [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")])
    ]
)
