import Admission
import AdmissionPolicy
import Attestation
import Content
import Findings
import OCI
import SBOM
import Sigstore
import StrictEncoding

/// An SBOM that somebody names: a document, or what an in-toto statement says, signed or not; a file, or what lies with an
/// image. Nothing of a file is verified.
struct SBOMFile {
    /// What it turned out to be; its name is not asked.
    enum Form: String, CaseIterable {
        case document, statement
        /// Of whatever form: a bundle, an envelope, lines of them.
        case signed
    }

    let form: Form
    let inventory: Inventory
    /// How it lies with an image; nil for a file.
    let attachment: Attachment?

    struct Attachment {
        let image: Digest
        let tag: String?
        /// The platforms that it covers, as the index names them; of those that it does not name none is there.
        let platforms: [String]
        let sbom: AttachedSBOM
    }

    private init(form: Form, inventory: Inventory) {
        self.form = form
        self.inventory = inventory
        attachment = nil
    }

    init(attached sbom: AttachedSBOM, in attached: AttachedSBOMs, inventory: Inventory) {
        form =
            switch sbom.form {
            case .document: .document
            case .statement: .statement
            case .signed: .signed
            }
        self.inventory = inventory
        attachment = Attachment(
            image: attached.digest, tag: attached.tag, platforms: attached.platforms(coveredBy: sbom), sbom: sbom)
    }

    /// Whether a signature over it was checked, and it names the image that was asked for.
    var isVerified: Bool { attachment.map { !$0.sbom.signers.isEmpty } ?? false }

    /// Reads a file, or the one SBOM of an image that is meant.
    static func read(_ text: String, _ choice: SBOMChoice) async throws(CommandFailure) -> SBOMFile {
        switch SBOMPlace(text) {
        case .image(let image): return try await choice.one(of: image)
        case .file(let path):
            guard choice.isEmpty else {
                throw .usage(
                    "`--platform`, `--format`, `--evidence`, `--key` and `--policy` are about images, found the file "
                        + Finding.quoted(path))
            }
            return try read(path)
        }
    }

    /// Reads a file, or standard input for `-`.
    ///
    /// - Throws: if it holds no SBOM, one that can't be read, or several.
    static func read(_ path: String) throws(CommandFailure) -> SBOMFile {
        try read(
            try LocalFile.readOrStandardInput(path, limit: SBOMLimits.standard.bytes), named: Finding.quoted(path))
    }

    private static func read(_ bytes: [UInt8], named name: String) throws(CommandFailure) -> SBOMFile {
        let problem: SBOMError
        do throws(SBOMError) {
            return SBOMFile(form: .document, inventory: try SBOMDocument.read(bytes).inventory)
        } catch {
            problem = error
        }
        switch problem {
        // What is no document may be what carries one, and lines of JSON are no JSON.
        case .unrecognised, .malformedJSON: break
        default: throw .badData("\(name): \(problem.message)  [\(problem.code)]")
        }
        if let statement = try? Statement(parsing: bytes) {
            guard let inventory = try inventory(of: statement, named: name) else {
                throw .badData("\(name): expected an SBOM, found \(Finding.quoted(statement.predicateType.value))")
            }
            return SBOMFile(form: .statement, inventory: inventory)
        }
        let evidence = EvidenceFile.sniff(bytes)
        guard evidence.form != .unrelated else {
            throw .badData("\(name): \(problem.message)  [\(problem.code)]")
        }
        var found: [Inventory] = []
        for case .success(let item) in evidence.items {
            guard case .dsse(let envelope) = item.content, envelope.payloadType == Statement.payloadType,
                let statement = try? Statement(parsing: envelope.payload),
                let inventory = try inventory(of: statement, named: name)
            else { continue }
            found.append(inventory)
        }
        guard let inventory = found.first, found.count == 1 else {
            throw .badData(
                "\(name): expected one SBOM, found \(found.isEmpty ? "none" : String(found.count))",
                found.isEmpty ? "it holds attestations of another kind" : "write the one that is meant to its own file")
        }
        return SBOMFile(form: .signed, inventory: inventory)
    }

    /// Nil for a statement that is no SBOM by its type.
    private static func inventory(of statement: Statement, named name: String) throws(CommandFailure) -> Inventory? {
        switch Inventory.reading(predicate: statement.predicate, ofType: statement.predicateType) {
        case nil: return nil
        case .success(let inventory)?: return inventory
        case .failure(let unread)?: throw .badData("\(name): \(unread.finding.message)  [\(unread.finding.code)]")
        }
    }
}

extension Component {
    /// Its package URLs that can be read. What departs from the definition of its type is still the package that it names.
    var packages: [PackageURL] {
        packageURLs.compactMap { try? PackageURL($0.text, typeDefinition: .recorded) }
    }

    /// The name, and with its group if it has one.
    var names: [String] {
        guard let group, !group.isEmpty else { return [name] }
        return [name, group + "/" + name]
    }
}

extension AttachedSBOMs {
    /// The names of the platforms that an SBOM covers: of an image that stands alone none.
    func platforms(coveredBy sbom: AttachedSBOM) -> [String] {
        platforms.filter { sbom.subjects.contains($0.digest) || sbom.subjects.contains(digest) }
            .compactMap { $0.platform?.description }
    }
}
