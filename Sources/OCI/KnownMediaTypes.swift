public import Content

extension MediaType {
    // image-spec "OCI Image Media Types" and Docker's "Image Manifest Version 2, Schema 2".
    public static let ociManifest: MediaType = "application/vnd.oci.image.manifest.v1+json"
    public static let ociIndex: MediaType = "application/vnd.oci.image.index.v1+json"
    public static let ociConfiguration: MediaType = "application/vnd.oci.image.config.v1+json"
    public static let ociEmpty: MediaType = "application/vnd.oci.empty.v1+json"
    public static let dockerManifest: MediaType = "application/vnd.docker.distribution.manifest.v2+json"
    public static let dockerManifestList: MediaType = "application/vnd.docker.distribution.manifest.list.v2+json"
    public static let dockerConfiguration: MediaType = "application/vnd.docker.container.image.v1+json"
    public static let dockerSchema1: MediaType = "application/vnd.docker.distribution.manifest.v1+json"
    public static let dockerSchema1Signed: MediaType = "application/vnd.docker.distribution.manifest.v1+prettyjws"

    // Evidence: Sigstore's bundle, in-toto and DSSE, cosign's payload, BuildKit's attestation manifest.
    public static let sigstoreBundle03: MediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"
    public static let inToto: MediaType = "application/vnd.in-toto+json"
    public static let dsseEnvelope: MediaType = "application/vnd.dsse.envelope.v1+json"
    public static let simpleSigning: MediaType = "application/vnd.dev.cosign.simplesigning.v1+json"
    public static let dockerAttestationManifest: MediaType = "application/vnd.docker.attestation.manifest.v1+json"
}
