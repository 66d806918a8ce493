import Admission
import ArgumentParser
import Content
import Findings
import ImageStore
import OCI

/// What is judged, an image or a plain file, and under which name.
struct SubjectOptions: ParsableArguments {
    @Argument(
        help:
            "The image: REGISTRY/REPOSITORY[:TAG][@DIGEST], oci:DIR[:TAG|@DIGEST], oci-archive:FILE[:TAG|@DIGEST], dir:DIR.",
        completion: .file())
    var image: String?

    @Option(
        help: ArgumentHelp(
            "Instead of an image: a plain file, or its digest (sha256:HEX, sha384:HEX, sha512:HEX).",
            valueName: "file|digest"), completion: .file())
    var artifact: String?

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp(
            "The name and tag under which an image on disk or a file is judged, like registry.example/finance/ledger:v1.",
            valueName: "reference"))
    var reference: String?

    /// What the caller names: exactly one thing.
    enum Named {
        case image(any ContentSource)
        /// With the files of evidence that lie beside it.
        case artifact(RequestedArtifact, beside: [String])
    }

    func named() throws(CommandFailure) -> Named {
        switch (image, artifact) {
        case (nil, nil):
            throw .usage("nothing says what is to be judged", "name an image, or a file with `--artifact FILE`")
        case (_?, _?): throw .usage("expected an image or `--artifact`, found both", "judge one at a time")
        case (let image?, nil): return .image(try ImageOptions.source(image))
        case (nil, let artifact?):
            let (requested, beside) = try Self.artifact(artifact)
            return .artifact(requested, beside: beside)
        }
    }

    func statedReference() throws(CommandFailure) -> ImageReference? {
        try ImageOptions.name(stated: reference, location: image)
    }
}

// `--artifact FILE|DIGEST`.
extension SubjectOptions {
    /// How the files of evidence are called that tools write beside `FILE`, in the order in which they are read:
    /// `FILE.sigstore.json` (sigstore-python, cosign, Sigstore's client specification), `FILE.sigstore` (older ones),
    /// `FILE.intoto.jsonl` (SLSA generators), `FILE.bundle` (`cosign sign-blob --bundle`).
    private static let suffixes = [".sigstore.json", ".sigstore", ".intoto.jsonl", ".bundle"]

    /// A path that is there wins over a digest of the same text.
    ///
    /// - Returns: what is judged, and the files of evidence beside it.
    static func artifact(
        _ text: String, relativeTo directory: String = ""
    ) throws(CommandFailure) -> (RequestedArtifact, beside: [String]) {
        let path = LocalFile.join(directory, text)
        if !LocalFile.exists(path), let digest = try digest(text) { return (.digest(digest), []) }
        let beside = suffixes.map { path + $0 }.filter { LocalFile.exists($0) && !LocalFile.isDirectory($0) }
        return (.file(ArtifactFile(path: path)), beside)
    }

    /// Nil for what does not begin as a digest does.
    private static func digest(_ text: String) throws(CommandFailure) -> Digest? {
        guard Digest.Algorithm.allCases.contains(where: { text.utf8.starts(with: ($0.rawValue + ":").utf8) }) else {
            return nil
        }
        do throws(DigestError) {
            return try Digest(ofFile: text)
        } catch {
            throw .usage(
                "there is no file \(Finding.quoted(text)), and it is no digest",
                "write a digest as `sha256:` and 64 lower-case hexadecimal digits")
        }
    }
}
