import Admission
import ArgumentParser
import Content
import Findings
import SBOM

struct SBOMCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sbom",
        abstract: "Reads SBOMs, of files and of images: what is in one, and what differs between two.",
        discussion: """
            An image's signatures are checked only with `--key` or `--policy`, a file's never; every answer says which. Whether \
            an SBOM is as a rule wants it, `verify` says.
            """,
        subcommands: [SBOMListCommand.self, SBOMShowCommand.self, SBOMDiffCommand.self, SBOMQueryCommand.self])
}

/// How the answer is written.
enum SBOMOutput: String, CaseIterable, ExpressibleByArgument {
    case text, json, csv

    static let unverifiedDocuments = "nothing below was verified; whoever wrote the documents wrote it"
    static let signedDocuments = "signatures were checked; that what they say is so, or as a rule wants it, was not"

    /// What is known of it.
    static func standing(_ file: SBOMFile) -> String {
        guard !file.isVerified else {
            return "the signature was checked; what it says is the signer's word, and no rule was applied"
        }
        return switch file.form {
        case .document: "nothing below was verified; whoever wrote the document wrote it"
        case .statement: "nothing below was verified; whoever wrote the statement wrote it, and it is not signed"
        case .signed: "nothing below was verified, nor was the signature; whoever wrote the document wrote it"
        }
    }
}

/// `FILE|IMAGE` of each command.
private let fileHelp = ArgumentHelp(
    """
    An SBOM, or an attestation of one: a statement, DSSE envelope or bundle; `-` for standard input. Or an image with \
    SBOMs: REGISTRY/REPOSITORY[:TAG][@DIGEST], oci:DIR[:TAG|@DIGEST], oci-archive:FILE[:TAG|@DIGEST].
    """, valueName: "file|image")

struct SBOMListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the SBOMs that lie with an image: whose, of which platform, in which format.",
        discussion: """
            Attestations, what BuildKit stored in the index, and documents that nobody signed. Exits 0 if there is one, 1 if \
            there is none.

            EXAMPLES
              landwaiter sbom list registry.example/finance/ledger:v1
              landwaiter sbom list oci:image:v1 --key pipeline.pub --output json
            """)

    @Argument(
        help: ArgumentHelp(
            "The image: REGISTRY/REPOSITORY[:TAG][@DIGEST], oci:DIR[:TAG|@DIGEST], oci-archive:FILE[:TAG|@DIGEST], dir:DIR."
        ),
        completion: .file())
    var image: String

    @OptionGroup var choice: SBOMChoice
    @OptionGroup(title: "Registry Options") var registry: RegistryOptions

    @Option(help: "How the answer is written.")
    var output: SBOMOutput = .text

    func run() async throws {
        try await running(reaching: registry) {
            let report = try await list()
            report.write(output) { Terminal.write($0) }
            // What could not be listed may be an SBOM.
            guard report.attached.findings.isEmpty else { throw ExitStatus.undecided }
            if report.sboms.isEmpty { throw ExitStatus.reject }
        }
    }

    /// What the arguments ask for; ``run()`` writes it.
    func list() async throws(CommandFailure) -> SBOMListReport {
        let attached = try await choice.attached(to: image)
        return SBOMListReport(attached: attached, sboms: try choice.filter(attached, Finding.quoted(image)))
    }
}

struct SBOMShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows what an SBOM says: components, with the place of each in the document.",
        discussion: """
            Reads SPDX, CycloneDX and Syft's JSON, also as the predicate of an attestation. Nothing is judged: `verify` with a \
            policy does that. Of an image it is the SBOM that lies with it: attested, stored by BuildKit in the index, or \
            attached without a signature. Where there are several, `--platform`, `--format` and `--evidence` choose, and \
            `sbom list` tells them.

            EXAMPLES
              landwaiter sbom show bom.cdx.json
              landwaiter sbom show attestation.sigstore.json --output json
              landwaiter sbom show registry.example/finance/ledger:v1 --platform linux/amd64
              landwaiter sbom show oci:image:v1 --format spdx --key pipeline.pub --output csv
            """)

    @Argument(help: fileHelp, completion: .file())
    var file: String

    @OptionGroup var choice: SBOMChoice
    @OptionGroup(title: "Registry Options") var registry: RegistryOptions

    @Option(help: "How the answer is written.")
    var output: SBOMOutput = .text

    func run() async throws {
        try await running(reaching: registry) {
            SBOMReport(file: try await SBOMFile.read(file, choice)).write(output) { Terminal.write($0) }
        }
    }
}

struct SBOMQueryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Lists the components of an SBOM that meet every condition.",
        discussion: """
            Exits 0 if a component is found, 1 if none is. A component whose version can't be compared with the range is \
            counted as unordered, not found. `--vers` looks at packages of the range's own scheme.

            EXAMPLES
              landwaiter sbom query bom.cdx.json --purl pkg:maven/org.apache.logging.log4j/* --vers vers:maven/<2.17.1
              landwaiter sbom query bom.spdx.json --license AGPL-* --output csv
              landwaiter sbom query bom.spdx.json --name openssl* --supplier Debian*
              landwaiter sbom query registry.example/finance/ledger:v1 --platform linux/amd64 --name log4j*
            """)

    @Argument(help: fileHelp, completion: .file())
    var file: String

    @OptionGroup var choice: SBOMChoice
    @OptionGroup(title: "Registry Options") var registry: RegistryOptions

    @Option(help: ArgumentHelp("Packages: a package URL without version, `*` and `**`.", valueName: "pattern"))
    var purl: String?

    @Option(help: ArgumentHelp("Versions, in the notation of vers.", valueName: "range"))
    var vers: String?

    @Option(help: ArgumentHelp("Names, alone or as group/name.", valueName: "glob"))
    var name: String?

    @Option(
        help: ArgumentHelp("Licences, declared, concluded or observed, also as one of several.", valueName: "pattern"))
    var license: String?

    @Option(help: ArgumentHelp("Suppliers.", valueName: "glob"))
    var supplier: String?

    @Option(help: "How the answer is written.")
    var output: SBOMOutput = .text

    func run() async throws {
        try await running(reaching: registry) {
            let report = try await query()
            report.write(output) { Terminal.write($0) }
            if report.found?.isEmpty == true { throw ExitStatus.reject }
        }
    }

    /// What the arguments ask for; ``run()`` writes it.
    func query() async throws(CommandFailure) -> SBOMReport {
        let filter = try filter()
        let file = try await SBOMFile.read(file, choice)
        var found: [Int] = []
        var unordered = 0
        for (position, component) in file.inventory.components.enumerated() {
            switch filter.answer(component) {
            case .found: found.append(position)
            case .unordered: unordered += 1
            case .other: break
            }
        }
        return SBOMReport(file: file, found: found, unordered: unordered)
    }

    private func filter() throws(CommandFailure) -> SBOMFilter {
        guard purl != nil || vers != nil || name != nil || license != nil || supplier != nil else {
            throw .usage(
                "nothing says what to look for", "give `--purl`, `--vers`, `--name`, `--license` or `--supplier`")
        }
        var filter = SBOMFilter()
        do throws(PackageURLPatternError) {
            if let purl { filter.package = try PackageURLPattern(purl) }
        } catch { throw .usage("`--purl`: \(error.message)") }
        do throws(VersionRangeError) {
            if let vers { filter.versions = try VersionRange(vers) }
        } catch { throw .usage("`--vers`: \(error.message)") }
        do throws(LicenseExpressionError) {
            if let license { filter.license = try LicensePattern(license) }
        } catch { throw .usage("`--license`: \(error.message)") }
        filter.name = try Self.glob(name, "--name")
        filter.supplier = try Self.glob(supplier, "--supplier")
        return filter
    }

    private static func glob(_ text: String?, _ option: String) throws(CommandFailure) -> Glob? {
        guard let text else { return nil }
        do throws(GlobError) { return try Glob(text) } catch { throw .usage("`\(option)`: \(error.message)") }
    }
}

struct SBOMDiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Says which packages two SBOMs differ in: added, removed, versions, licences.",
        discussion: """
            A package is the same if its package URL without version is, or its name where it has no package URL. The two may \
            be of different formats. Exits 0 if nothing differs, 1 if something does.

            EXAMPLES
              landwaiter sbom diff v1.cdx.json v2.cdx.json
              landwaiter sbom diff v1.spdx.json v2.cdx.json --output json
              landwaiter sbom diff registry.example/finance/ledger:v1 registry.example/finance/ledger:v2 --platform linux/amd64
            """)

    @Argument(help: ArgumentHelp(fileHelp.abstract, valueName: "old"), completion: .file())
    var old: String

    @Argument(help: ArgumentHelp("The other.", valueName: "new"), completion: .file())
    var new: String

    @OptionGroup var choice: SBOMChoice
    @OptionGroup(title: "Registry Options") var registry: RegistryOptions

    @Option(help: "How the answer is written.")
    var output: SBOMOutput = .text

    func run() async throws {
        try await running(reaching: registry) {
            let (difference, isVerified) = try await compare()
            SBOMDifferenceReport(difference: difference, isVerified: isVerified).write(output) { Terminal.write($0) }
            if !difference.changes.isEmpty { throw ExitStatus.reject }
        }
    }

    /// What the arguments ask for; ``run()`` writes it.
    func compare() async throws(CommandFailure) -> (difference: SBOMDifference, isVerified: Bool) {
        guard old != "-" || new != "-" else { throw .usage("standard input can be one of the two only") }
        // The choice is about images: beside one of these a file may stand.
        let (left, right) = (SBOMPlace(old), SBOMPlace(new))
        let before = try await read(old, left, beside: right)
        let after = try await read(new, right, beside: left)
        return (
            SBOMDifference(from: before.inventory, to: after.inventory), before.isVerified && after.isVerified
        )
    }

    private func read(
        _ text: String, _ place: SBOMPlace, beside other: SBOMPlace
    ) async throws(CommandFailure) -> SBOMFile {
        guard case .file(let path) = place, case .image = other else { return try await SBOMFile.read(text, choice) }
        return try SBOMFile.read(path)
    }
}
