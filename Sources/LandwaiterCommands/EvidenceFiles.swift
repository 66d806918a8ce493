import Admission
import Content

/// `--evidence FILE|DIR`.
enum EvidenceFiles {
    /// Every file named, and of every directory its `.json` and `.jsonl` files, in order of their names.
    static func read(_ paths: [String], limit: Int) throws(CommandFailure) -> [SuppliedEvidence] {
        var files: [String] = []
        for path in paths {
            guard LocalFile.isDirectory(path) else {
                files.append(path)
                continue
            }
            let names = try LocalFile.names(in: path).filter { $0.hasSuffix(".json") || $0.hasSuffix(".jsonl") }
            files += names.map { LocalFile.join(path, $0) }.filter { !LocalFile.isDirectory($0) }
        }
        var supplied: [SuppliedEvidence] = []
        for file in files {
            let bytes = try LocalFile.read(file, limit: limit)
            supplied.append(SuppliedEvidence(name: file, content: VerifiedContent(namedByOwnDigest: bytes)))
        }
        return supplied
    }
}
