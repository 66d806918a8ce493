import Findings
import StrictEncoding

/// Which kinds of objects run pods, and where the `spec` of their pod lies (Kubernetes API, "Workload Resources").
public struct WorkloadKinds: Sendable {
    /// What lies at the end of a path.
    enum Content: Sendable {
        case pod
        /// The name of an image by itself.
        case image
    }

    struct Place: Sendable {
        let content: Content
        let steps: [String]
    }

    /// Steps from the object to its images, by kind.
    private var places: [ExactString: [Place]] = {
        func pod(_ steps: String...) -> [Place] { [Place(content: .pod, steps: steps)] }
        let template = pod("spec", "template", "spec")
        return [
            "Pod": pod("spec"),
            "PodTemplate": pod("template", "spec"),
            "Deployment": template,
            "ReplicaSet": template,
            "ReplicationController": template,
            "StatefulSet": template,
            "DaemonSet": template,
            "Job": template,
            "CronJob": pod("spec", "jobTemplate", "spec", "template", "spec"),
        ]
    }()

    /// Kubernetes' own kinds.
    public init() {}

    /// Adds a kind, or another place in one that is known.
    ///
    /// `Rollout=/spec/template/spec` says where a PodSpec lies, as a pointer (RFC 6901) in which a step `*` stands for
    /// every element. `Task=image:/spec/steps/*/image` says where an image is named outside of any PodSpec: only a text
    /// may lie there, so that an object is an error and no way to hide an image.
    public mutating func add(_ text: String) throws(WorkloadKindError) {
        guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")), equals != text.startIndex else {
            throw .form(text)
        }
        var pointer = text[text.utf8.index(after: equals)...]
        let mark = "image:".utf8
        let content: Content = pointer.utf8.starts(with: mark) ? .image : .pod
        if content == .image { pointer = pointer[pointer.utf8.index(pointer.startIndex, offsetBy: mark.count)...] }
        var steps: [String] = []
        let parts = pointer.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count > 1, parts.first?.isEmpty == true, parts.count <= Self.mostSteps else { throw .form(text) }
        for part in parts.dropFirst() {
            guard !part.isEmpty, let step = Self.unescaped(part) else { throw .form(text) }
            steps.append(step)
        }
        places[ExactString(String(text[..<equals])), default: []].append(Place(content: content, steps: steps))
    }

    /// Nil for a kind that is not known.
    func places(in kind: String) -> [Place]? { places[ExactString(kind)] }

    private static let mostSteps = 33

    /// RFC 6901 section 4; nil for a `~` that is followed by neither 0 nor 1.
    private static func unescaped(_ step: Substring.UTF8View) -> String? {
        var out: [UInt8] = []
        var bytes = step.makeIterator()
        while let byte = bytes.next() {
            guard byte == UInt8(ascii: "~") else {
                out.append(byte)
                continue
            }
            switch bytes.next() {
            case UInt8(ascii: "0")?: out.append(UInt8(ascii: "~"))
            case UInt8(ascii: "1")?: out.append(UInt8(ascii: "/"))
            default: return nil
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// One step of a pointer (RFC 6901 section 3).
    static func escaped(_ step: String) -> String {
        guard step.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return step }
        return step.replacing("~", with: "~0").replacing("/", with: "~1")
    }
}

/// Why a text names no place of pods.
public enum WorkloadKindError: Error, Equatable, Sendable {
    /// Not `KIND=/step/step`.
    case form(String)

    public var message: String {
        switch self {
        case .form(let text):
            "expected a kind and where its PodSpec or image lies, like `Rollout=/spec/template/spec`, found \(Finding.quoted(text))"
        }
    }
}
