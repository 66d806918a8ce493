public import Admission
import AdmissionPolicy
import Content
public import Findings
public import OCI
public import VerdictStorage

/// What a gate does with one question.
public struct Answer: Sendable {
    public let record: AdmissionRecord
    /// By which the verdict is found again; nil where nothing was to be recorded (dry run, or a service without a
    /// recorder).
    public let id: VerdictID?
    /// What the gate does: the verdict is no admit, and a policy that says so is enforced here.
    public let isBlocked: Bool
    public let durability: Recording
    /// What is worth saying beside the record, and changes no verdict.
    public let notes: [Finding]

    public init(record: AdmissionRecord, id: VerdictID?, durability: Recording, notes: [Finding] = []) {
        self.record = record
        self.id = id
        self.durability = durability
        self.notes = notes
        isBlocked = record.verdict != .admit && record.enforcement.isEnforced
    }

    /// `repository@digest` of what was read and judged, the tag kept where the question had one; nil where nothing was
    /// read, so that nothing is pinned to what nobody looked at.
    public var pinned: String? { pinnedReference?.description }

    /// The same.
    public var pinnedReference: ImageReference? {
        guard let digest = record.digestToPin else { return nil }
        return record.request.reference?.pinned(to: digest)
    }
}

extension AdmissionRecord {
    /// Of what was read and judged; nil where nothing was read.
    var digestToPin: Digest? { image?.digest ?? resolvedDigest }

    /// A decision that ended early looked the digest up, and no more.
    private var resolvedDigest: Digest? {
        verdict == .admit && findings.contains { $0.code == .imageNotRead } ? imageDigest : nil
    }
}

/// Where a verdict was kept when the answer was given.
public enum Recording: Sendable, Hashable {
    /// Nothing was to be kept.
    case none
    case kept(Durability)
    /// The answer could not wait until it was known.
    case late

    /// It is in the store or in the spool: it outlives the process.
    public var isDurable: Bool {
        switch self {
        case .kept(.stored), .kept(.spooled): true
        default: false
        }
    }
}
