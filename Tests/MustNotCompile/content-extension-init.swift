// error: property 'bytes' may not be initialized directly; use "self.init(...)"
// error: property 'digest' may not be initialized directly; use "self.init(...)"
import Content

/// Fills the fields from an extension in another module (SE-0189).
extension VerifiedContent {
    init(forged bytes: [UInt8], _ digest: Digest) {
        self.bytes = bytes
        self.digest = digest
    }
}
