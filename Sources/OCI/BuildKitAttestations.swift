import Content

/// An entry of an index by which BuildKit attaches unsigned statements to a sibling (BuildKit, "Image attestation
/// storage"). Nothing is proven by it: it says only where statements about which entry are to be found.
public struct BuildKitAttestation: Sendable, Hashable {
    /// Names the attestation manifest.
    public let manifest: Descriptor
    /// The entry of the same index that the statements speak of.
    public let subject: Descriptor
}

extension ImageIndex {
    /// The entries that are marked as attestation manifests and name another entry of this index by digest.
    ///
    /// An entry with the mark that names nothing here, itself, or another attestation is left out, and stands in
    /// ``unattachedEntries`` like every image.
    public var buildKitAttestations: [BuildKitAttestation] {
        let images = Dictionary(manifests.filter { !$0.isMarkedAsAttestation }.map { ($0.digest, $0) }) { first, _ in
            first
        }
        return manifests.filter(\.isMarkedAsAttestation).compactMap { entry in
            guard let named = entry.annotations["vnd.docker.reference.digest"], let digest = try? Digest(named),
                let subject = images[digest]
            else { return nil }
            return BuildKitAttestation(manifest: entry, subject: subject)
        }
    }

    /// Every entry that is not one of ``buildKitAttestations``, in order: the candidates for what a runtime may start.
    public var unattachedEntries: [Descriptor] {
        let attached = Set(buildKitAttestations.map(\.manifest))
        return manifests.filter { !attached.contains($0) }
    }
}

extension ImageManifest {
    /// Whether a container runtime could start something from this manifest. In doubt it could.
    ///
    /// An index's child is passed over only if its platform is unknown *and* this says no; a mark or a platform that
    /// somebody wrote into the index is not enough to hide an image from the rules. It says no if
    /// - the configuration is not of an image's media type: artifacts, and BuildKit's second form, whose configuration
    ///   is the empty value; or
    /// - there are layers, all are in-toto statements, and the configuration was read and names no platform:
    ///   BuildKit's first form, which wears an image's media types throughout.
    public func isRunnable(configuration: ImageConfiguration?) -> Bool {
        guard config.mediaType.isImageConfiguration else { return false }
        guard let configuration, configuration.content.digest == config.digest, configuration.platform.isUnknown
        else { return true }
        return layers.isEmpty || layers.contains { $0.mediaType != .inToto }
    }
}

extension Descriptor {
    fileprivate var isMarkedAsAttestation: Bool {
        annotations.has("vnd.docker.reference.type", "attestation-manifest")
    }
}
