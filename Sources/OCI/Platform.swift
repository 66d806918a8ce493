import StrictEncoding

/// The platform of an image (image-spec "Image Index", property `platform`), written `os/architecture[/variant]`.
public struct Platform: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// As Go's GOOS names it.
    public var os: String
    /// As Go's GOARCH names it.
    public var architecture: String
    /// Of the architecture: `v7`, `v8`.
    public var variant: String?
    /// Of the operating system; Windows images have one.
    public var osVersion: String?

    /// A platform by its parts.
    public init(os: String, architecture: String, variant: String? = nil, osVersion: String? = nil) {
        self.os = os
        self.architecture = architecture
        self.variant = variant
        self.osVersion = osVersion
    }

    /// `os/architecture[/variant]`; the version of the operating system is left out.
    public var description: String {
        var text = os + "/" + architecture
        if let variant { text += "/" + variant }
        return text
    }

    /// `unknown/unknown`, as BuildKit writes beside its attestation manifests.
    public var isUnknown: Bool {
        os.utf8.elementsEqual("unknown".utf8) && architecture.utf8.elementsEqual("unknown".utf8)
    }

    /// By the parts in their order, absent ones first: total, so that sorted platforms come out the same.
    public static func < (a: Platform, b: Platform) -> Bool {
        let left = [a.os, a.architecture, a.variant ?? "", a.osVersion ?? ""]
        let right = [b.os, b.architecture, b.variant ?? "", b.osVersion ?? ""]
        for (x, y) in zip(left, right) where !x.utf8.elementsEqual(y.utf8) {
            return x.utf8.lexicographicallyPrecedes(y.utf8)
        }
        return false
    }
}

extension Platform {
    /// The members of an index entry's `platform`, or those of a configuration, which states the same ones beside
    /// others.
    init(_ member: DocumentMember) throws(ImageFormatError) {
        try member.checkNames(["os", "architecture", "variant", "os.version", "os.features"])
        os = try Self.name(member.required("os"))
        architecture = try Self.name(member.required("architecture"))
        variant = nil
        if let found = member.optional("variant") { variant = try Self.name(found) }
        osVersion = try member.optional("os.version")?.string()
        _ = try member.optional("os.features")?.strings()
    }

    /// Without a slash, so that no two platforms are written alike: `linux` and `arm/v7` would pass for
    /// `linux`, `arm` and `v7`.
    private static func name(_ member: DocumentMember) throws(ImageFormatError) -> String {
        let text = try member.string()
        let isPlain = text.utf8.allSatisfy {
            $0.isDigit || $0.isLowerCaseLetter || $0.isUpperCaseLetter || "_.+-".utf8.contains($0)
        }
        guard isPlain else { throw member.malformed("letters, digits, `_`, `.`, `+` and `-`") }
        return text
    }
}
