public import Attestation
import Content
public import StrictEncoding

/// The SLSA Build level of one provenance statement, and what it rests on.
public struct BuilderLevel: Sendable, Hashable {
    public let level: BuildLevel
    /// The row that counted; nil where none did.
    public let row: String?
    /// Why it is not more; nil where the row grants just this.
    public let limit: Limit?

    /// What keeps a statement from a higher level.
    public enum Limit: Sendable, Hashable {
        /// The statement names no builder, or no signer of it counts.
        case noBuilder
        /// No row is about the builder: SLSA takes level 1 for it ("defaulting to SLSA Build L1").
        case noRow(builder: ExactString)
        /// Rows are about the builder, none about this signer.
        case signerDiffers(rows: [String])
        /// Rows are about builder and signer, none about this build type.
        case buildTypeDiffers(rows: [String], found: ExactString)
        /// The row does not know an external parameter.
        case parameterUnlisted(row: String, name: ExactString)
        /// The row demands a field that is not stated.
        case notStated(row: String, ProvenanceField)
        /// The build ran elsewhere than the row demands.
        case runnerDiffers(row: String, found: ExactString)
        /// Said by whoever signed the index, not by the builder: at most level 1.
        case underIndexSignature
    }
}

/// Who signed a statement, as the builder table tells signers apart.
public enum BuilderIdentity: Sendable, Hashable {
    /// By its fingerprint.
    case key(ExactString)
    /// By who vouched for it and whom it names (a URI), and on which kind of runner it was handed out, if it says so.
    case certificate(issuer: ExactString, subject: ExactString, runner: ExactString? = nil)
    /// A certificate of an organisation's own authority, or of a person's. As with a key, only who set it up knows what can
    /// reach it.
    case ownCertificate

    public init(_ identity: SignerIdentity) {
        switch identity {
        case .key(let fingerprint, scheme: _), .cloudBuildKey(let fingerprint): self = .key(fingerprint)
        case .certificate(let holder):
            if let issuer = holder.issuer, let uri = holder.uri {
                self = .certificate(issuer: issuer, subject: uri, runner: holder.claims[.runnerEnvironment])
            } else {
                self = .ownCertificate
            }
        }
    }
}

extension BuilderIdentity {
    fileprivate var runner: ExactString? {
        if case .certificate(_, _, let runner) = self { runner } else { nil }
    }
}

extension BuilderTable {
    /// The level that a verified statement reaches: the best that any one of its signers gives it.
    ///
    /// - Parameters:
    ///   - signers: those whose signatures were verified and count. Without one nothing is reached.
    ///   - underIndexSignature: whether the statement is not signed itself, but held by an index that is.
    public func level(
        of provenance: Provenance, signers: [BuilderIdentity], underIndexSignature: Bool
    ) -> BuilderLevel {
        guard !provenance.builder.utf8.isEmpty, !signers.isEmpty else {
            return BuilderLevel(level: .zero, row: nil, limit: .noBuilder)
        }
        // In a fixed order, so that of several the same one is always named.
        let levels = Set(signers).map { level(of: provenance, signer: $0) }
        let best = levels.min { a, b in
            a.level == b.level ? a.rank < b.rank : a.level > b.level
        }
        guard let best else { return BuilderLevel(level: .zero, row: nil, limit: .noBuilder) }
        guard underIndexSignature, best.level > .zero else { return best }
        return BuilderLevel(level: .one, row: best.row, limit: .underIndexSignature)
    }

    private func level(of provenance: Provenance, signer: BuilderIdentity) -> BuilderLevel {
        let named = rows(named: provenance)
        guard !named.isEmpty else {
            return BuilderLevel(level: .one, row: nil, limit: .noRow(builder: provenance.builder))
        }
        let signed = named.filter { $0.signer.accepts(signer, of: provenance.builder) }
        guard !signed.isEmpty else {
            return BuilderLevel(level: .one, row: nil, limit: .signerDiffers(rows: named.map(\.name)))
        }
        let typed = signed.filter { $0.isAbout(provenance.buildType) }
        guard let row = Self.counting(typed) else {
            return BuilderLevel(
                level: .one, row: nil,
                limit: .buildTypeDiffers(rows: signed.map(\.name), found: provenance.buildType))
        }
        return row.level(of: provenance, signer: signer)
    }

    /// A row about every builder is one about its build types.
    private func rows(named provenance: Provenance) -> [BuilderRow] {
        rows.filter {
            $0.builder.matches(provenance.builder.value)
                && (!$0.builder.matchesEverything || $0.isAbout(provenance.buildType))
        }
    }

    /// Of the rows that hold for one statement, the one that counts: see ``adding(_:)``.
    private static func counting(_ rows: [BuilderRow]) -> BuilderRow? {
        let certain = rows.filter { $0.signer != .anyKey }
        let left = certain.isEmpty ? rows : certain
        let raised = Set(left.flatMap(\.raises).map { ExactString($0) })
        return left.filter { !raised.contains(ExactString($0.name)) }.min { a, b in
            a.level == b.level ? ExactString(a.name) < ExactString(b.name) : a.level < b.level
        }
    }
}

extension BuilderSigner {
    func accepts(_ identity: BuilderIdentity, of builder: ExactString) -> Bool {
        switch (self, identity) {
        case (.anyKey, .key), (.anyKey, .ownCertificate): true
        case (.key(let expected), .key(let found)): expected == found
        case (
            .certificate(let issuer, let subjects, let isBuilder), .certificate(let foundIssuer, let subject, runner: _)
        ):
            issuer == foundIssuer && subjects.contains { $0.matches(subject.value) }
                && (!isBuilder || subject == builder)
        case (.anyKey, .certificate), (.key, .certificate), (.key, .ownCertificate), (.certificate, .key),
            (.certificate, .ownCertificate):
            false
        }
    }
}

extension BuilderRow {
    fileprivate func isAbout(_ buildType: ExactString) -> Bool { buildTypes?.holds(for: buildType.value) ?? true }

    /// The level of a statement that is this row's.
    fileprivate func level(of provenance: Provenance, signer: BuilderIdentity) -> BuilderLevel {
        // SLSA 1.2 "Check expectations": unrecognised external parameters should fail verification, at any level.
        if let unlisted = provenance.externalParameters.first(where: { !parameters.contains($0.name) }) {
            return BuilderLevel(level: .zero, row: name, limit: .parameterUnlisted(row: name, name: unlisted.name))
        }
        guard level > .one else { return BuilderLevel(level: level, row: name, limit: nil) }
        for field in ProvenanceField.allCases where required.contains(field) && field.value(in: provenance) == nil {
            return BuilderLevel(level: .one, row: name, limit: .notStated(row: name, field))
        }
        // Whoever runs a machine of his own can reach what the platform hands to the job, whatever the statement says.
        if let runner,
            let found = [provenance.runnerEnvironment, signer.runner].lazy.compactMap({ $0 }).first(where: {
                $0 != runner
            })
        {
            return BuilderLevel(level: .one, row: name, limit: .runnerDiffers(row: name, found: found))
        }
        return BuilderLevel(level: level, row: name, limit: nil)
    }
}

extension ProvenanceField {
    /// What the statement says of it; nil if it does not.
    public func value(in provenance: Provenance) -> ExactString? {
        switch self {
        case .builder: provenance.builder.utf8.isEmpty ? nil : provenance.builder
        case .sourceRepository: provenance.sourceRepository
        case .sourceRef: provenance.sourceRef
        case .sourceCommit: provenance.sourceCommit
        case .sourceCommitOfRef: provenance.sourceRef == nil ? nil : provenance.sourceCommit
        case .workflow:
            if let workflow = provenance.workflow, let repository = workflow.repository, let path = workflow.path,
                let ref = workflow.ref
            {
                ExactString("\(repository)/\(path)@\(ref)")
            } else {
                nil
            }
        case .workflowCommit: provenance.workflow?.commit
        case .invocation: provenance.invocation
        case .triggerEvent: provenance.triggerEvent
        case .runnerEnvironment: provenance.runnerEnvironment
        }
    }
}
