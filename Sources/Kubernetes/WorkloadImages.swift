import Findings
public import StrictEncoding

/// The images that Kubernetes objects run: of every container, ephemeral and init containers among them, and of every
/// image volume.
///
/// A pure function of JSON values, for manifests as for an AdmissionReview's object. Which images an object runs follows
/// from its kind alone, whatever group it names: more is found rather than less.
public struct WorkloadImages: Sendable {
    /// In the order of the objects, and in each in the order of containers, init containers, ephemeral containers and
    /// volumes.
    public private(set) var images: [RunImage] = []
    /// Objects of kinds that are not known and hold what looks like containers or images; each needs a
    /// ``WorkloadKinds`` of its own, or nobody looks at its images.
    public private(set) var unread: [KubernetesObject] = []
    /// How many objects there were, those in lists counted one by one.
    public private(set) var objects = 0

    private let kinds: WorkloadKinds

    /// - Parameter kinds: which kinds run pods, and where their pod is described.
    public init(kinds: WorkloadKinds = WorkloadKinds()) { self.kinds = kinds }

    /// Adds the images of an object, or of the objects of a list.
    ///
    /// - Parameter document: stands in what is found, for whoever has to say where.
    public mutating func add(_ object: JSONTree, document: Int = 0) throws(WorkloadError) {
        try add(object, document: document, at: "", isInList: false)
    }

    private mutating func add(
        _ object: JSONTree, document: Int, at pointer: String, isInList: Bool
    ) throws(WorkloadError) {
        guard case .object = object else { throw .notAnObject(pointer: pointer) }
        guard case .string(let kind)? = object["kind"], !kind.isEmpty else { throw .noKind(pointer: pointer) }
        // `v1 List` and the lists that the API returns, `PodList` and so on.
        if kind.utf8.elementsEqual("List".utf8) || kind.hasSuffix("List") && object["items"] != nil {
            guard !isInList else { throw .listInList(pointer: pointer) }
            let items = try elements(object["items"], at: pointer + "/items")
            for (position, item) in items.enumerated() {
                try add(
                    Self.item(item, of: kind), document: document, at: "\(pointer)/items/\(position)", isInList: true)
            }
            return
        }
        objects += 1
        let found = try KubernetesObject(object, kind: kind, document: document, pointer: pointer)
        guard let paths = kinds.podPaths(of: kind) else {
            if Self.looksLikeWorkload(object) { unread.append(found) }
            return
        }
        var isEmpty = true
        for path in paths {
            for (place, pod) in Self.select(path, in: object, at: pointer) {
                isEmpty = false
                try addPod(pod, of: found, at: place)
            }
        }
        // A kind that is known, shaped otherwise than it should be.
        if isEmpty, Self.looksLikeWorkload(object) { unread.append(found) }
    }

    /// The items of a typed list may leave their kind out.
    private static func item(_ item: JSONTree, of list: String) -> JSONTree {
        guard case .object(var members) = item, members["kind"] == nil, !list.utf8.elementsEqual("List".utf8) else {
            return item
        }
        members["kind"] = .string(String(list.dropLast("List".count)))
        return .object(members)
    }

    // MARK: A pod

    private mutating func addPod(
        _ pod: JSONTree, of object: KubernetesObject, at pointer: String
    ) throws(WorkloadError) {
        guard case .object = pod else { throw .notAnObject(pointer: pointer) }
        for role in RunImage.Role.allCases {
            let place = pointer + "/" + role.member
            for (position, element) in try elements(pod[role.member], at: place).enumerated() {
                let here = "\(place)/\(position)"
                guard case .object = element else { throw .notAnObject(pointer: here) }
                let name: String? = if case .string(let name)? = element["name"] { name } else { nil }
                var holder: JSONTree? = element
                var field = here + "/image"
                if role == .volume {
                    holder = element["image"]
                    field = here + "/image/reference"
                    guard let holder, holder != .null else { continue }
                    guard case .object = holder else { throw .notAnObject(pointer: here + "/image") }
                }
                let image = holder?[role == .volume ? "reference" : "image"]
                var text = ""
                switch image {
                case .string(let value)?: text = value
                case nil, .null?: break
                default: throw .notText(pointer: field)
                }
                images.append(RunImage(object: object, role: role, name: name, text: text, pointer: field))
            }
        }
    }

    private func elements(_ value: JSONTree?, at pointer: String) throws(WorkloadError) -> [JSONTree] {
        switch value {
        case .array(let elements)?: return elements
        case nil, .null?: return []
        default: throw .notAList(pointer: pointer)
        }
    }

    /// What lies under a path; `*` stands for every element of a list, or every member of an object.
    private static func select(
        _ path: ArraySlice<String>, in value: JSONTree, at pointer: String
    ) -> [(pointer: String, value: JSONTree)] {
        guard let step = path.first else { return [(pointer, value)] }
        let rest = path.dropFirst()
        switch (step == "*", value) {
        case (true, .array(let elements)):
            return elements.enumerated().flatMap { select(rest, in: $1, at: "\(pointer)/\($0)") }
        case (true, .object(let members)):
            return members.sorted { $0.key < $1.key }.flatMap { key, value in
                select(rest, in: value, at: pointer + "/" + WorkloadKinds.escaped(key.value))
            }
        case (false, .object):
            guard let member = value[step], member != .null else { return [] }
            return select(rest, in: member, at: pointer + "/" + WorkloadKinds.escaped(step))
        default: return []
        }
    }

    /// Whether somewhere in an object there are containers, or a text called `image`.
    private static func looksLikeWorkload(_ value: JSONTree) -> Bool {
        switch value {
        case .array(let elements): return elements.contains(where: looksLikeWorkload)
        case .object(let members):
            return members.contains { name, value in
                switch value {
                case .array where RunImage.Role.containerMembers.contains(name): true
                case .string where name == "image": true
                default: looksLikeWorkload(value)
                }
            }
        default: return false
        }
    }
}

/// One image that an object runs.
public struct RunImage: Sendable, Hashable {
    /// What the image is to the pod.
    public enum Role: Sendable, CaseIterable {
        case container, initContainer, ephemeralContainer
        /// `volumes[].image.reference`: files of the image are mounted.
        case volume

        /// The member of a pod's `spec` that lists them.
        var member: String {
            switch self {
            case .container: "containers"
            case .initContainer: "initContainers"
            case .ephemeralContainer: "ephemeralContainers"
            case .volume: "volumes"
            }
        }

        static let containerMembers: Set<ExactString> = ["containers", "initContainers", "ephemeralContainers"]

        /// As messages call it.
        public var name: String {
            switch self {
            case .container: "container"
            case .initContainer: "init container"
            case .ephemeralContainer: "ephemeral container"
            case .volume: "volume"
            }
        }
    }

    public let object: KubernetesObject
    public let role: Role
    /// Of the container or volume; nil where it has none.
    public let name: String?
    /// The image as the object writes it; empty where it names none, which no cluster would run.
    public let text: String
    /// Where it stands in its document (RFC 6901).
    public let pointer: String

    /// `Deployment finance/ledger, container app`. May hold any text.
    public var user: String { "\(object), \(role.name) \(name ?? "without a name")" }
}

/// An object, as messages name it.
public struct KubernetesObject: Sendable, Hashable, CustomStringConvertible {
    public let kind: String
    /// Nil where its metadata names none.
    public let name: String?
    /// Nil where its metadata names none: whoever applies it says where.
    public let namespace: String?
    /// As the caller numbers them.
    public let document: Int
    /// Where it stands in its document (RFC 6901); empty for the document itself.
    public let pointer: String

    init(_ object: JSONTree, kind: String, document: Int, pointer: String) throws(WorkloadError) {
        self.kind = kind
        self.document = document
        self.pointer = pointer
        let metadata = object["metadata"] ?? .null
        name = try Self.text(metadata["name"] ?? metadata["generateName"], at: pointer + "/metadata/name")
        namespace = try Self.text(metadata["namespace"], at: pointer + "/metadata/namespace")
    }

    /// Nil for what is missing or empty, as the API takes it.
    private static func text(_ value: JSONTree?, at pointer: String) throws(WorkloadError) -> String? {
        switch value {
        case .string(let text)?: return text.isEmpty ? nil : text
        case nil, .null?: return nil
        default: throw .notText(pointer: pointer)
        }
    }

    /// `Deployment finance/ledger`.
    public var description: String {
        "\(kind) \(namespace.map { $0 + "/" } ?? "")\(name ?? "without a name")"
    }
}

/// Why the images of an object can't be told. Pointers are RFC 6901.
public enum WorkloadError: Error, Equatable, Sendable {
    case notAnObject(pointer: String)
    case notAList(pointer: String)
    case notText(pointer: String)
    /// An object without `kind`: nobody knows what it runs.
    case noKind(pointer: String)
    case listInList(pointer: String)

    public var message: String {
        switch self {
        case .notAnObject(let pointer): "expected an object at \(Self.quoted(pointer)), found something else"
        case .notAList(let pointer): "expected a list at \(Self.quoted(pointer)), found something else"
        case .notText(let pointer): "expected text at \(Self.quoted(pointer)), found something else"
        case .noKind(let pointer): "expected a Kubernetes object with `kind` at \(Self.quoted(pointer)), found none"
        case .listInList(let pointer): "expected an object at \(Self.quoted(pointer)), found a list in a list"
        }
    }

    private static func quoted(_ pointer: String) -> String { Finding.quoted(pointer.isEmpty ? "/" : pointer) }
}
