public import Admission
public import AdmissionPolicy
import Content
import Findings
import OCI
import StrictEncoding

/// What one run decided: about one image, or about every image of a list or of manifests. Every report is a function of
/// this value; the same list gives the same bytes.
public struct DecisionList: Sendable {
    /// In the order in which the images were asked for.
    public let decisions: [Decision]
    /// Whether the run was about a list, be it of one image.
    public let isBatch: Bool
    /// Whether the gate lets pass what a policy's stage does not enforce (`--honour-stage`).
    public let honoursStage: Bool
    /// What was passed over in the lists that were read; one line each, for people.
    public let notes: [String]

    /// One image, with every place that asks for it.
    public struct Decision: Sendable {
        /// As it was asked for.
        public let image: String
        /// Where the run's lists name it; empty for an image of the command line.
        public let mentions: [Mention]
        public let record: AdmissionRecord

        public init(image: String, mentions: [Mention] = [], record: AdmissionRecord) {
            self.image = image
            self.mentions = mentions
            self.record = record
        }
    }

    /// One place that names an image.
    public struct Mention: Sendable, Hashable {
        /// The file as it was named; nil for standard input.
        public let file: String?
        /// From 1; nil where it isn't known.
        public let line: Int?
        /// Who runs it there, like `Deployment finance/ledger, container app`; nil in a plain list.
        public let user: String?
        /// RFC 6901, from the root of the file's document; nil in a plain list.
        public let pointer: String?

        public init(file: String?, line: Int?, user: String? = nil, pointer: String? = nil) {
            self.file = file
            self.line = line
            self.user = user
            self.pointer = pointer
        }
    }

    /// The answer about one image.
    public init(_ record: AdmissionRecord, image: String, honoursStage: Bool = false) {
        decisions = [Decision(image: image, record: record)]
        isBatch = false
        self.honoursStage = honoursStage
        notes = []
    }

    /// The answers about a list of images.
    public init(batch decisions: [Decision], notes: [String] = [], honoursStage: Bool = false) {
        self.decisions = decisions
        isBatch = true
        self.honoursStage = honoursStage
        self.notes = notes
    }

    /// The worst verdict of all: reject, then undecided, then admit. Nothing is decided by an empty list.
    public var verdict: Verdict { Self.worst(decisions.map(\.record.verdict)) }

    /// The worst verdict among the images that the gate stops; admit if it stops none. Of an empty list nothing passes.
    public var enforcedVerdict: Verdict {
        decisions.isEmpty ? .undecided : Self.worst(decisions.map { isBlocked($0.record) ? $0.record.verdict : .admit })
    }

    /// Whether the gate stops the image.
    public func isBlocked(_ record: AdmissionRecord) -> Bool {
        record.verdict != .admit && (!honoursStage || record.enforcement.isEnforced)
    }

    /// How many images have this verdict.
    public func count(_ verdict: Verdict) -> Int { decisions.count { $0.record.verdict == verdict } }

    private static func worst(_ verdicts: [Verdict]) -> Verdict {
        verdicts.contains(.reject) ? .reject : verdicts.contains(.undecided) || verdicts.isEmpty ? .undecided : .admit
    }
}

extension DecisionList.Decision {
    /// What a reader knows the image by: the name under which it was judged, or else how it was asked for. Free of
    /// control and format characters.
    var name: String {
        let name = record.request.reference?.description ?? image
        return name.isEmpty ? "(no image)" : Finding.escaped(name)
    }

    /// The digest of the image or file, as far as it is known.
    var digest: String? { (record.imageDigest ?? record.artifact?.digest)?.description }
}

extension DecisionList.Mention {
    /// `FILE:LINE, Deployment finance/ledger, container app`, free of control and format characters.
    var text: String {
        let place = (file ?? "standard input") + (line.map { ":\($0)" } ?? "")
        return Finding.escaped(place + (user.map { ", " + $0 } ?? ""))
    }
}

extension DecisionList {
    /// `1 reject, 2 admit`: the verdicts that there are, the worst first.
    var counts: String {
        let counted = [Verdict.reject, .undecided, .admit].filter { count($0) > 0 }
        return counted.map { "\(count($0)) \($0.rawValue)" }.joined(separator: ", ")
    }
}
