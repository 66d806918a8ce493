import Attestation
import Findings
import StrictEncoding

/// The provenance of a statement with this predicate.
func provenance(
    _ type: String = "https://slsa.dev/provenance/v1", predicate: String
) throws -> Provenance {
    let text = #"""
        {"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"ab"}}],
         "predicateType":"\#(type)","predicate":\#(predicate)}
        """#
    return try Provenance(statement: Statement(parsing: Array(text.utf8)))
}

/// SLSA provenance 0.2.
func provenance02(predicate: String) throws -> Provenance {
    try provenance("https://slsa.dev/provenance/v0.2", predicate: predicate)
}

/// `name=value` for each external parameter.
func parameters(of provenance: Provenance) -> [String] {
    provenance.externalParameters.map { "\($0.name)=\($0.value)" }
}

/// Whether an error is one of provenance with this reason code.
func hasCode(_ error: any Error, _ name: String) -> Bool { (error as? ProvenanceError)?.code.name == name }
