import AdmissionPolicy
import Attestation
import Content
public import Findings
import OCI
import PKI
import SBOM
import Signing
import Sigstore
import TUF
import TransparencyLog

/// Every reason code of the product, joined from the layers' tables. `explain` and docs/reasons.md read it.
public enum ReasonCatalogue {
    /// In the order in which the documentation lists them: from the ground up.
    public static let tables: [ReasonTable] = [
        .content, .oci, .registry, .attestation, .pki, .certificates, .revocation, .spiffe, .transparencyLog, .signing,
        .sigstore,
        .tuf,
        .sbom, .policyFiles, .policies, .sbomRules, .vulnerabilities, .builders, .waivers, .policyLint, .admission,
        .service,
    ]

    /// The code of this name.
    public static func code(named name: String) -> ReasonCode? {
        tables.lazy.flatMap(\.codes).first { $0.name.utf8.elementsEqual(name.utf8) }
    }
}
