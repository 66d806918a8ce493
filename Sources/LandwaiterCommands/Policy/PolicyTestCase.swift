import Admission
import AdmissionPolicy
import Content
import Findings
import OCI
import StrictEncoding

/// One case of a policy test, run: what the policies say of its image or evidence.
struct PolicyTestCase {
    let item: PolicyTestDocument.Case
    /// Of the test's file; paths are relative to it.
    let directory: String
    let policies: PolicySet

    struct Decision {
        let verdict: Verdict
        let findings: [Finding]
        /// Empty where the image could not be judged at all.
        let results: [PolicyResult]
    }

    func decide() async throws(CommandFailure) -> Decision {
        var reference: ImageReference?
        if let text = item.reference { reference = try ImageOptions.reference(text) }
        switch item.subject {
        case .evidence(let path):
            let document = try evidence(path, reference)
            let matching = policies.matching(namespace: item.namespace, reference: reference)
            let evaluation = PolicyEvaluator.evaluate(matching, document)
            return Decision(
                verdict: evaluation.verdict, findings: evaluation.findings,
                results: evaluation.guardrails + evaluation.policies)
        case .artifact(let text):
            let (artifact, beside) = try SubjectOptions.artifact(text, relativeTo: directory)
            let files = item.evidenceFiles.map { LocalFile.join(directory, $0) }
            let request = AdmissionRequest(
                artifact: artifact, statedReference: reference, namespace: item.namespace, at: item.at,
                hypothetical: true,
                suppliedEvidence: try EvidenceFiles.read(
                    files.isEmpty ? beside : files, limit: AdmissionLimits().envelopeBytes))
            return Decision(await (try pipeline()).decide(request))
        case .image(let location):
            var bases: [any ContentSource] = []
            for base in item.bases {
                bases.append(try ImageOptions.source(ImageOptions.location(base, relativeTo: directory)))
            }
            let request = AdmissionRequest(
                image: try ImageOptions.source(ImageOptions.location(location, relativeTo: directory)),
                statedReference: reference,
                namespace: item.namespace, at: item.at, hypothetical: true,
                suppliedEvidence: try EvidenceFiles.read(
                    item.evidenceFiles.map { LocalFile.join(directory, $0) }, limit: AdmissionLimits().envelopeBytes),
                baseSources: bases)
            return Decision(await (try pipeline()).decide(request))
        }
    }

    private func pipeline() throws(CommandFailure) -> AdmissionPipeline {
        let roots = try TrustedRootOptions.roots(item.trustedRoots.map { LocalFile.join(directory, $0) }, for: policies)
        return AdmissionPipeline(policies: policies, trustedRoots: roots)
    }

    private func evidence(_ path: String, _ reference: ImageReference?) throws(CommandFailure) -> EvidenceDocument {
        let file = LocalFile.join(directory, path)
        let bytes = try LocalFile.read(file, limit: AdmissionLimits().envelopeBytes)
        do throws(EvidenceDocumentError) {
            return try EvidenceDocument(
                parsing: bytes, request: RequestFacts(namespace: item.namespace, reference: reference, at: item.at))
        } catch {
            throw .badData("\(Finding.quoted(file)): \(error.message)")
        }
    }
}

extension PolicyTestCase.Decision {
    fileprivate init(_ record: AdmissionRecord) {
        self.init(verdict: record.verdict, findings: record.findings, results: record.guardrails + record.policies)
    }
}
