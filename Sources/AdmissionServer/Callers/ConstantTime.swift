import Content

/// Comparison of what somebody sent with what only they can know.
public enum ConstantTime {
    /// Whether the bytes are the same. How long it takes tells nothing about where they differ, nor how long the secret is:
    /// digests of both are compared, every byte of them.
    public static func areEqual(_ a: some Sequence<UInt8>, _ b: some Sequence<UInt8>) -> Bool {
        let left = Digest(of: Array(a)).hex.utf8
        let right = Digest(of: Array(b)).hex.utf8
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
