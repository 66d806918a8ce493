// compiles
//
// The positive control: what the other files try is close to what is allowed, and package access is in force. If this
// file fails, the others fail for the wrong reason.
import Content

func content(_ bytes: [UInt8], _ digest: Digest) throws -> VerifiedContent {
    try VerifiedContent(bytes, digest: digest, size: bytes.count)
}

func digest(of content: VerifiedContent) -> Digest { content.digest }

func hash(_ bytes: [UInt8]) -> [UInt8] { Hashing.hash(bytes, using: .sha256) }

func decodes<T: Decodable>(_: T.Type) {}
func control() { decodes([String].self) }
