import AdmissionPolicy
import Attestation
import Findings
import SBOM
import Sigstore
import StrictEncoding

/// An SBOM that somebody names: a document, or what an in-toto statement says, signed or not. Nothing is verified here.
struct SBOMFile {
    /// What the file turned out to be; its name is not asked.
    enum Form: String, CaseIterable {
        case document, statement
        /// Of whatever form: a bundle, an envelope, lines of them.
        case signed
    }

    let form: Form
    let inventory: Inventory

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
