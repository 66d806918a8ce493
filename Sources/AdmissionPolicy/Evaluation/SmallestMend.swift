import Findings

// What would mend a miss, as exactly as the rule says it: the code's own mend with the values that the rule allows.

extension CandidateCheck.Miss {
    /// What would make this condition hold.
    var mend: String { mending ?? (Self.saysWhat.contains(code) ? "\(code.mend): \(expected)" : code.mend) }

    /// The codes whose mend ends in what the rule allows.
    private static let saysWhat: Set<ReasonCode> = [
        .provenanceBuilderDiffers, .provenanceSourceRepositoryDiffers, .provenanceSourceRefDiffers,
        .provenanceEntryPointDiffers, .provenanceExternalParameterValue,
    ]
}

extension CandidateCheck {
    /// What would mend one of the misses, and whether that is all. The values that are allowed stand beside it.
    func mend(of miss: Miss) -> String {
        let mend = miss.mending ?? miss.code.mend
        return misses.count == 1 ? mend + "; it misses nothing else" : "\(mend); one of \(misses.count) changes"
    }
}
