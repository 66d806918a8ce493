import Content
import Findings
import Foundation
import OCI
import StrictEncoding
import Testing

/// image-spec's own documents, valid and invalid, as its schema tests have them.
@Suite(.enabled(if: Kit.isPresent, Kit.absence))
struct OCIImageSpecTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let file: String
        let kind: String
        let isValid: Bool
        var testDescription: String { file }
    }

    static let rows: [Row] = {
        guard let sheet = try? Kit.read("oci/CASES-image-spec.tsv") else { return [] }
        return String(decoding: sheet, as: UTF8.self).split(separator: "\n").dropFirst().map { line in
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return Row(file: columns[0], kind: columns[3], isValid: columns[4] == "valid")
        }
    }()

    /// Rows that are decided otherwise here, with the reason that is given. A row that agrees after all fails.
    static let divergences: [String: (refusal: ReasonCode, why: String)] = [
        "TestDescriptor-21.json": unregistered, "TestDescriptor-23.json": unregistered,
        "TestDescriptor-24.json": unregistered, "TestDescriptor-25.json": unregistered,
    ]
    private static let unregistered = (
        refusal: ReasonCode.contentUnknownAlgorithm,
        why: "the grammar allows algorithms that nobody registered; content that can't be hashed can't be verified"
    )

    @Test(arguments: rows)
    func decidesAsTheSpecificationDoes(row: Row) throws {
        let bytes = try Kit.read("oci/image-spec-cases/" + row.file)
        for refusal in try Self.refusals(of: bytes, kind: row.kind) {
            if let divergence = Self.divergences[row.file] {
                #expect(row.isValid)
                #expect(refusal == divergence.refusal)
            } else {
                #expect((refusal == nil) == row.isValid, "\(String(describing: refusal))")
            }
        }
    }

    @Test
    func readsTheWholeSheet() throws {
        #expect(Self.rows.count >= 39)
        #expect(Set(Self.divergences.keys).isSubset(of: Self.rows.map(\.file)))
    }

    /// Why a document is refused, nil where it is not; a descriptor is tried in every place where one can stand.
    private static func refusals(of bytes: [UInt8], kind: String) throws -> [ReasonCode?] {
        func refusal(_ read: () throws(ImageFormatError) -> Void) -> ReasonCode? {
            do throws(ImageFormatError) { try read() } catch { return error.code }
            return nil
        }
        func document(_ text: String) -> ReasonCode? {
            refusal { () throws(ImageFormatError) in
                _ = try ImageDocument(parsing: VerifiedContent(namedByOwnDigest: Array(text.utf8)), declared: nil)
            }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        switch kind {
        case "image config":
            return [
                refusal { () throws(ImageFormatError) in
                    _ = try ImageConfiguration(parsing: VerifiedContent(namedByOwnDigest: bytes))
                }
            ]
        case "oci-layout":
            return [refusal { () throws(ImageFormatError) in _ = try OCILayoutMarker(parsing: bytes) }]
        case "content descriptor":
            let empty =
                #"{"mediaType":"application/vnd.oci.empty.v1+json","size":2,"digest":"\#(Digest(of: "{}".utf8))"}"#
            return [
                document(#"{"schemaVersion":2,"config":\#(text),"layers":[]}"#),
                document(#"{"schemaVersion":2,"config":\#(empty),"layers":[\#(text)]}"#),
                document(#"{"schemaVersion":2,"config":\#(empty),"layers":[],"subject":\#(text)}"#),
                document(#"{"schemaVersion":2,"manifests":[\#(text)]}"#),
            ]
        case "image manifest", "image index": return [document(text)]
        default: throw UnknownKind(kind: kind)
        }
    }

    private struct UnknownKind: Error { let kind: String }
}

/// Documents that other tools wrote.
@Suite(.enabled(if: Kit.isPresent, Kit.absence))
struct ForeignDocumentTests {
    /// Every JSON file of the layouts and images that claims to be a manifest or an index.
    static let documents: [String] = {
        guard let root = Kit.root else { return [] }
        let folder = root.appendingPathComponent("oci")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.allObjects as? [URL]
        return (files ?? []).filter { file in
            guard !file.path.contains("/image-spec"), let bytes = try? Data(contentsOf: file),
                let root = try? JSONDocument(parsing: Array(bytes)).root
            else { return false }
            return root["schemaVersion"] != nil
        }.map { String($0.path.dropFirst(root.path.count + 1)) }.sorted()
    }()

    static let refused: [String: ReasonCode] = [
        "oci/containers-image/signature/dir-img-manifest-digest-error/manifest.json": .imageSchema1,
        "oci/containers-image/signature/v2s1-invalid-signatures.manifest.json": .imageSchema1,
    ]

    @Test(arguments: documents)
    func readsWhatOthersWrote(path: String) throws {
        let content = VerifiedContent(namedByOwnDigest: try Kit.read(path))
        do throws(ImageFormatError) {
            let document = try ImageDocument(parsing: content, declared: nil)
            #expect(document.content.bytes == content.bytes)
            #expect(Self.refused[path] == nil)
        } catch {
            #expect(error.code == Self.refused[path], "\(error.message)")
        }
    }

    @Test
    func findsDocuments() {
        #expect(Self.documents.count >= 20)
        #expect(Set(Self.refused.keys).isSubset(of: Self.documents))
    }
}
