import ArgumentParser
import Content
import Findings
import SBOM

struct SBOMCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sbom",
        abstract: "Reads SBOMs: what is in one, and what differs between two. Nothing is verified.",
        subcommands: [SBOMShowCommand.self, SBOMDiffCommand.self, SBOMQueryCommand.self])
}

/// How the answer is written.
enum SBOMOutput: String, CaseIterable, ExpressibleByArgument {
    case text, json, csv

    static let unverifiedDocuments = "nothing below was verified; whoever wrote the documents wrote it"

    static func unverified(_ form: SBOMFile.Form) -> String {
        switch form {
        case .document: "nothing below was verified; whoever wrote the document wrote it"
        case .statement: "nothing below was verified; whoever wrote the statement wrote it, and it is not signed"
        case .signed: "nothing below was verified, nor was the signature; whoever wrote the document wrote it"
        }
    }
}

/// `FILE` of each command.
private let fileHelp: ArgumentHelp =
    "An SBOM, or an attestation of one: a statement, DSSE envelope or bundle. `-` for standard input."

struct SBOMShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows what an SBOM says: components, with the place of each in the document.",
        discussion: """
            Reads SPDX, CycloneDX and Syft's JSON, also as the predicate of an attestation. Nothing is verified and nothing \
            judged: `verify` with a policy does that.

            EXAMPLES
              landwaiter sbom show bom.cdx.json
              landwaiter sbom show attestation.sigstore.json --output json
              landwaiter sbom show bom.spdx --output csv
            """)

    @Argument(help: fileHelp, completion: .file())
    var file: String

    @Option(help: "How the answer is written.")
    var output: SBOMOutput = .text

    func run() async throws {
        try await running {
            SBOMReport(file: try SBOMFile.read(file)).write(output) { Terminal.write($0) }
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
            """)

    @Argument(help: fileHelp, completion: .file())
    var file: String

    @Option(help: ArgumentHelp("Packages: a package URL without version, `*` and `**`.", valueName: "pattern"))
    var purl: String?

    @Option(help: ArgumentHelp("Versions, in the notation of vers.", valueName: "range"))
    var vers: String?

    @Option(help: ArgumentHelp("Names, alone or as group/name.", valueName: "glob"))
    var name: String?

    @Option(
        help: ArgumentHelp("Licences, declared or concluded, also as one of several.", valueName: "pattern"))
    var license: String?

    @Option(help: ArgumentHelp("Suppliers.", valueName: "glob"))
    var supplier: String?

    @Option(help: "How the answer is written.")
    var output: SBOMOutput = .text

    func run() async throws {
        try await running {
            let report = try query()
            report.write(output) { Terminal.write($0) }
            if report.found?.isEmpty == true { throw ExitStatus.reject }
        }
    }

    /// What the arguments ask for; ``run()`` writes it.
    func query() throws(CommandFailure) -> SBOMReport {
        let filter = try filter()
        let file = try SBOMFile.read(file)
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
            """)

    @Argument(help: ArgumentHelp(fileHelp.abstract, valueName: "old"), completion: .file())
    var old: String

    @Argument(help: ArgumentHelp("The other.", valueName: "new"), completion: .file())
    var new: String

    @Option(help: "How the answer is written.")
    var output: SBOMOutput = .text

    func run() async throws {
        try await running {
            let difference = try compare()
            SBOMDifferenceReport(difference: difference).write(output) { Terminal.write($0) }
            if !difference.changes.isEmpty { throw ExitStatus.reject }
        }
    }

    /// What the arguments ask for; ``run()`` writes it.
    func compare() throws(CommandFailure) -> SBOMDifference {
        guard old != "-" || new != "-" else { throw .usage("standard input can be one of the two only") }
        return SBOMDifference(from: try SBOMFile.read(old).inventory, to: try SBOMFile.read(new).inventory)
    }
}
