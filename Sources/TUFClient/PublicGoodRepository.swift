// Made by Scripts/embed-public-good-trust of the root in PyPI's package `sigstore`; `--check` compares.
// swift-format-ignore-file

public import TUF

/// The repository by which Sigstore's public good instance says whom to believe.
public enum PublicGoodRepository {
    /// The version of the package, and the day on which the facts were taken from it.
    public static let version = "4.5.1"
    public static let date = "2026-11-22"
    /// SHA-256 over the facts: names sorted, no white space.
    package static let sha256 = "21ad692d88634d10274b3d0d6d915323a4e32381a7ce850ed99f44eb4f3f40ea"
    /// Where its metadata lies; target files lie in `targets` below.
    public static let url = "https://tuf-repo-cdn.sigstore.dev"

    /// Whom the repository's first update believes.
    public static let root = ShippedRoot(
        name: "public-good", version: 15, expires: "2026-11-20T13:58:18Z", consistentSnapshot: true,
        keys: [
            .init(
                id: "0c87432c3bf09fd99189fdc32fa5eaedf4e4a5fac7bab73fa04a2e0fc64af6f5",
                keyType: "ecdsa", scheme: "ecdsa-sha2-nistp256",
                publicKey: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEWRiGr5+j+3J5SsH+Ztr5nE2H2wO7BV+nO3s93gLca18qTOzHY1oWyAGDykMSsGTUBSt9D+An0KfKsD2mfSM42Q=="),
            .init(
                id: "183e64f37670dc13ca0d28995a3053f3740954ddce44321a41e46534cf44e632",
                keyType: "ecdsa", scheme: "ecdsa-sha2-nistp256",
                publicKey: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMxpPOJCIZ5otG4106fGJseEQi3V9pkMYQ4uyV9Tj1M7WHXIyLG+jkfvuG0glQ1JZbRZZBV3gAR4sojdGHISeow=="),
            .init(
                id: "22f4caec6d8e6f9555af66b3d4c3cb06a3bb23fdc7e39c916c61f462e6f52b06",
                keyType: "ecdsa", scheme: "ecdsa-sha2-nistp256",
                publicKey: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEzBzVOmHCPojMVLSI364WiiV8NPrD6IgRxVliskz/v+y3JER5mcVGcONliDcWMC5J2lfHmjPNPhb4H7xm8LzfSA=="),
            .init(
                id: "61643838125b440b40db6942f5cb5a31c0dc04368316eb2aaa58b95904a58222",
                keyType: "ecdsa", scheme: "ecdsa-sha2-nistp256",
                publicKey: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEinikSsAQmYkNeH5eYq/CnIzLaacOxlSaawQDOwqKy/tCqxq5xxPSJc21K4WIhs9GyOkKfzueY3GILzcMJZ4cWw=="),
            .init(
                id: "a687e5bf4fab82b0ee58d46e05c9535145a2c9afb458f43d42b45ca0fdce2a70",
                keyType: "ecdsa", scheme: "ecdsa-sha2-nistp256",
                publicKey: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE0ghrh92Lw1Yr3idGV5WqCtMDB8Cx+D8hdC4w2ZLNIplVRoVGLskYa3gheMyOjiJ8kPi15aQ2//7P+oj7UvJPGw=="),
            .init(
                id: "e71a54d543835ba86adad9460379c7641fb8726d164ea766801a1c522aba7ea2",
                keyType: "ecdsa", scheme: "ecdsa-sha2-nistp256",
                publicKey: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEXsz3SZXFb8jMV42j6pJlyjbjR8KN3Bwocexq6LMIb5qsWKOQvLN16NUefLc4HswOoumRsVVaajSpQS6fobkRw=="),
        ],
        root: .init(
            threshold: 3,
            keyIDs: [
                "e71a54d543835ba86adad9460379c7641fb8726d164ea766801a1c522aba7ea2",
                "22f4caec6d8e6f9555af66b3d4c3cb06a3bb23fdc7e39c916c61f462e6f52b06",
                "61643838125b440b40db6942f5cb5a31c0dc04368316eb2aaa58b95904a58222",
                "a687e5bf4fab82b0ee58d46e05c9535145a2c9afb458f43d42b45ca0fdce2a70",
                "183e64f37670dc13ca0d28995a3053f3740954ddce44321a41e46534cf44e632",
            ]),
        timestamp: .init(
            threshold: 1,
            keyIDs: [
                "0c87432c3bf09fd99189fdc32fa5eaedf4e4a5fac7bab73fa04a2e0fc64af6f5",
            ]),
        snapshot: .init(
            threshold: 1,
            keyIDs: [
                "0c87432c3bf09fd99189fdc32fa5eaedf4e4a5fac7bab73fa04a2e0fc64af6f5",
            ]),
        targets: .init(
            threshold: 3,
            keyIDs: [
                "e71a54d543835ba86adad9460379c7641fb8726d164ea766801a1c522aba7ea2",
                "22f4caec6d8e6f9555af66b3d4c3cb06a3bb23fdc7e39c916c61f462e6f52b06",
                "61643838125b440b40db6942f5cb5a31c0dc04368316eb2aaa58b95904a58222",
                "a687e5bf4fab82b0ee58d46e05c9535145a2c9afb458f43d42b45ca0fdce2a70",
                "183e64f37670dc13ca0d28995a3053f3740954ddce44321a41e46534cf44e632",
            ]))
}
