import Foundation

/// Makes testdata/: images, keys and evidence, each case a directory with its inputs, a README that says why it is
/// there, and `expect.json`. Signatures are real and made at a fixed clock. `swift run landwaiter-testdata testdata`
///
/// Keys are made once and kept (they are test keys, marked so); everything else is made anew at every run. ECDSA
/// signatures are randomised, so a new run changes their bytes and nothing else.
@main
struct Generator {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count == 1, let root = arguments.first else {
            FileHandle.standardError.write(Data("usage: landwaiter-testdata DIRECTORY\n".utf8))
            exit(64)
        }
        let directory = URL(fileURLWithPath: root)
        let world = World(keys: try TestKeys(in: directory.appendingPathComponent("keys")))
        let families: [[Case]] = [
            try financeCases(world), imageCases(world), evidenceCases(world), signatureCases(world),
            statementCases(world),
            provenanceCases(world), baseImageCases(world), platformCases(world), limitCases(world),
            baseChainCases(world), ruleCases(world), guardrailCases(world), artifactCases(world),
            try keylessCases(world),
            try releaseCases(world), try sbomCases(world), try scanCases(world),
        ]
        let cases = families.flatMap { $0 }
        try writeBases(world, to: directory)
        var names: Set<String> = []
        for family in Set(cases.map(\.family)) {
            try? FileManager.default.removeItem(at: directory.appendingPathComponent(family))
        }
        for item in cases {
            precondition(names.insert(item.family + "/" + item.name).inserted, "two cases named \(item.name)")
            try item.write(to: directory)
        }
        print("\(cases.count) cases")
    }
}

/// One directory under testdata/.
struct Case {
    var family: String
    /// Ends in `_fail` where the image must not be admitted.
    var name: String
    /// Why the case is there, for its README.
    var why: String
    /// Files by path within the case; `image/…` of a layout is added by ``layout``.
    var files: [String: [UInt8]] = [:]
    var layout: LayoutBuilder?
    /// Members of expect.json besides those that follow from the rest.
    var expect: Expectation

    struct Expectation {
        var image: String? = "oci:image:v1"
        /// Relative to the case, or a digest; instead of ``image``.
        var artifact: String?
        /// Relative to testdata/.
        var policy: String? = "policies/signed.yaml"
        var key: String?
        /// `SOURCE=PATH`, relative to the case; instead of ``policy``.
        var policies: [String] = []
        /// Relative to the case.
        var guardrails: [String] = []
        /// `FILE` or `FILE=PROFILE`, relative to the case.
        var trustedRoots: [String] = []
        var at = World.clock
        /// Relative to the case.
        var breakGlass: String?
        var namespace: String? = "apps"
        var reference: String? = "registry.example/apps/ledger:v1"
        var evidence: [String] = []
        var base: [String] = []
        var limits: [String: Int] = [:]
        var verdict: String
        /// Code of the headline; nil for an admit.
        var reason: String?
        /// Codes of refused evidence, each at least once, and no others.
        var refused: [String] = []
        /// Codes of findings that decide nothing, each at least once, and no others.
        var notes: [String] = []
    }

    func write(to root: URL) throws {
        precondition(name.hasSuffix("_fail") == (expect.verdict != "admit"), "\(name): name and verdict disagree")
        let directory = root.appendingPathComponent(family).appendingPathComponent(name)
        var all = files
        for (path, bytes) in layout?.files ?? [:] { all["image/" + path] = bytes }
        all["README.md"] = Array("# \(family)/\(name)\n\n\(why)\n".utf8)
        all["expect.json"] = try expect.json()
        for (path, bytes) in all {
            let file = directory.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: file)
        }
    }
}

extension Case.Expectation {
    fileprivate func json() throws -> [UInt8] {
        var members: [String: Any] = ["at": at, "verdict": verdict, "refused": refused]
        members["image"] = image
        members["artifact"] = artifact
        members["policy"] = policy
        members["key"] = key
        members["namespace"] = namespace
        members["as"] = reference
        members["reason"] = reason
        if !policies.isEmpty { members["policies"] = policies }
        if !guardrails.isEmpty { members["guardrails"] = guardrails }
        if !trustedRoots.isEmpty { members["trustedRoots"] = trustedRoots }
        if !notes.isEmpty { members["notes"] = notes }
        members["breakGlass"] = breakGlass
        if !evidence.isEmpty { members["evidence"] = evidence }
        if !base.isEmpty { members["base"] = base }
        if !limits.isEmpty { members["limits"] = limits }
        let options: JSONSerialization.WritingOptions = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try JSONSerialization.data(withJSONObject: members, options: options)) + [UInt8(ascii: "\n")]
    }
}
