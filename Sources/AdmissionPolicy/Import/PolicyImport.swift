import Findings
import PKI
import StrictEncoding

/// Policies of other systems, translated to ours.
///
/// What can't be said is never left out silently, and never leaves a result that admits more: the part is left out only
/// where others make up for it (an alternative), else a rule stands in its place that holds for no image, or the file is
/// refused. Each such place is a ``Remark``, and a comment in the document.
public struct PolicyImport: Sendable {
    /// Our documents, in the order of the original; empty where nothing in it admits anything.
    public let documents: [Document]
    /// In the order of the original.
    public let remarks: [Remark]
    /// What the documents name as key files.
    public let keyFiles: [KeyFile]

    /// Whose policy it is.
    public enum Format: String, Sendable, CaseIterable {
        /// `ClusterImagePolicy` of sigstore's policy-controller, `policy.sigstore.dev/v1alpha1` or `v1beta1`.
        case clusterImagePolicy = "cluster-image-policy"
        /// containers-policy.json(5).
        case containersPolicy = "policy-json"
    }

    /// A translated policy, as YAML.
    public struct Document: Sendable {
        public let name: String
        public let yaml: String
    }

    /// A place of the original at which the translation is not the same.
    public struct Remark: Sendable, Hashable {
        public enum Effect: String, Sendable, CaseIterable {
            /// It can't be said in our language; nothing is admitted by it.
            case notSaid = "can't be said"
            /// It is said, and admits less than the original.
            case stricter = "stricter"
            /// It admits more than the original, because that was asked for.
            case insecure = "insecure"
            /// It is the same, and worth knowing.
            case note = "note"
        }
        public let effect: Effect
        public let place: PolicyPlace
        /// Where in the original: `spec.authorities[0].keyless`.
        public let path: String
        /// One line, what is said there, and what was made of it.
        public let message: String

        public var isDifference: Bool { effect != .note }
        /// `effect  path: message`
        public var text: String { "\(effect.rawValue)  \(path): \(message)" }
    }

    /// A public key that a document names as `keys/….pub`.
    public struct KeyFile: Sendable, Hashable {
        /// Relative to the policy file.
        public let path: String
        public let content: Content

        public enum Content: Sendable, Hashable {
            /// Stood in the original: a PEM file.
            case inline([UInt8])
            /// To be copied from where the original has it.
            case file(String)
        }
    }

    public struct Options: Sendable {
        /// For which namespaces the policies are to speak.
        public var namespaces: [String] = ["**"]
        /// Whether signatures count that a transparency log was to prove; recorded in the result.
        public var insecureIgnoreLog = false

        public init() {}
    }

    /// The documents, after a line on where they come from.
    public var yaml: String { documents.map(\.yaml).joined(separator: "---\n") }

    /// - Throws: what is wrong with the file, or what in it can't be translated without admitting more.
    public static func read(
        _ bytes: [UInt8], file: String, format: Format, options: Options = Options()
    ) throws(PolicyLoadFailure) -> PolicyImport {
        let problems = PolicyProblems()
        let reader = DocumentReader(problems: problems)
        var result = ImportResult(options: options)
        switch format {
        case .clusterImagePolicy:
            let nodes = StrictYAML.documents(
                bytes, file: file, limits: StrictYAML.Limits(), allowingEmptyMappings: true, problems)
            for node in nodes { ClusterImagePolicyImport(reader: reader).translate(node, into: &result) }
        case .containersPolicy:
            guard let node = JSONNodes.root(of: bytes, file: file, problems) else { break }
            ContainersPolicyImport(reader: reader).translate(node, into: &result)
        }
        guard problems.errors.isEmpty else { throw PolicyLoadFailure(problems.errors) }
        // What belongs to no document of ours is told in the first.
        let told = Set(result.drafts.flatMap(\.comments).map { ExactString($0) })
        let untold = result.remarks.map(\.text).filter { !told.contains(ExactString($0)) }
        if !result.drafts.isEmpty { result.drafts[0].comments += untold }
        return PolicyImport(
            documents: result.drafts.map { Document(name: $0.name, yaml: $0.yaml) }, remarks: result.remarks,
            keyFiles: result.keys.files)
    }

    /// Whose policy the file looks like; nil where that isn't clear.
    public static func format(of bytes: [UInt8]) -> Format? {
        if let document = try? JSONDocument(parsing: bytes, limits: JSONLimits(bytes: 1 << 20, depth: 32)) {
            if document.root["default"] != nil, document.root["kind"] == nil { return .containersPolicy }
            return document.root["kind"]?.isIdentical(to: "ClusterImagePolicy") == true ? .clusterImagePolicy : nil
        }
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        return lines.contains { $0.starts(with: "kind: ClusterImagePolicy".utf8) } ? .clusterImagePolicy : nil
    }
}

/// What a translation has come to so far.
struct ImportResult {
    let options: PolicyImport.Options
    var drafts: [PolicyDraft] = []
    var remarks: [PolicyImport.Remark] = []
    var keys = ImportedKeys()
    var names = DraftNames()

    /// Adds a remark, and gives it as a comment.
    @discardableResult
    mutating func remark(
        _ effect: PolicyImport.Remark.Effect, _ place: PolicyPlace, _ path: String, _ message: String
    ) -> String {
        let remark = PolicyImport.Remark(effect: effect, place: place, path: path, message: message)
        remarks.append(remark)
        return remark.text
    }
}

/// Key files to be, each key once.
struct ImportedKeys {
    private(set) var files: [PolicyImport.KeyFile] = []
    private var paths: [ExactString: String] = [:]
    private var names = DraftNames()

    mutating func add(_ key: PublicKey, called name: String) -> String {
        add(.inline(Array(key.pem.utf8)), identity: "key " + key.fingerprint, called: name)
    }

    mutating func add(fileAt path: String, called name: String) -> String {
        add(.file(path), identity: "file " + path, called: name)
    }

    private mutating func add(_ content: PolicyImport.KeyFile.Content, identity: String, called name: String) -> String
    {
        if let path = paths[ExactString(identity)] { return path }
        let path = "keys/\(names.name(name, otherwise: "key")).pub"
        paths[ExactString(identity)] = path
        files.append(PolicyImport.KeyFile(path: path, content: content))
        return path
    }
}
