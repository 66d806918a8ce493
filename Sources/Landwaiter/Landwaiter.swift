// The library as one import: the pipeline, and what it needs.
@_exported public import Admission
@_exported public import AdmissionPolicy
@_exported public import Attestation
@_exported public import Content
@_exported public import Findings
@_exported public import ImageStore
@_exported public import OCI
@_exported public import PKI
@_exported public import Reports
@_exported public import SBOM
@_exported public import Signing
@_exported public import Sigstore
@_exported public import StrictEncoding
@_exported public import TransparencyLog
