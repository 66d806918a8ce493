/// The platform of an image (image-spec "Image Index", property `platform`), written `os/architecture[/variant]`.
public struct Platform: Sendable, Hashable, Comparable, CustomStringConvertible {
    public var os: String
    public var architecture: String
    public var variant: String?
    public var osVersion: String?

    public init(os: String, architecture: String, variant: String? = nil, osVersion: String? = nil) {
        self.os = os
        self.architecture = architecture
        self.variant = variant
        self.osVersion = osVersion
    }

    public var description: String {
        var text = os + "/" + architecture
        if let variant { text += "/" + variant }
        return text
    }

    /// `unknown/unknown`, as BuildKit writes beside its attestation manifests.
    public var isUnknown: Bool {
        os.utf8.elementsEqual("unknown".utf8) && architecture.utf8.elementsEqual("unknown".utf8)
    }

    public static func < (a: Platform, b: Platform) -> Bool {
        a.description.utf8.lexicographicallyPrecedes(b.description.utf8)
    }
}
