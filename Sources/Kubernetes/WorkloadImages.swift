import Findings
public import StrictEncoding

/// The images that Kubernetes objects run: of every container, ephemeral and init containers among them, and of every
/// image volume.
///
/// A pure function of JSON values: trees for manifests, views into the received bytes for an AdmissionReview's object.
/// One walk reads both, so a gate finds what a batch run finds. Which images an object runs follows from its kind alone,
/// whatever group it names: more is found rather than less.
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
    private let most: Int

    /// - Parameters:
    ///   - kinds: which kinds run pods, and where their pod is described.
    ///   - most: containers and image volumes in all; more of them are an error.
    public init(kinds: WorkloadKinds = WorkloadKinds(), most: Int = .max) {
        self.kinds = kinds
        self.most = most
    }

    /// Adds the images of an object, or of the objects of a list.
    ///
    /// - Parameter document: stands in what is found, for whoever has to say where.
    public mutating func add(_ object: JSONTree, document: Int = 0) throws(WorkloadError) {
        try add(object, document: document, at: "", itemOf: nil)
    }

    /// Adds the images of the one object that a request is about. It is never taken for a list: the API admits none, and
    /// a custom resource may be called `AllowList`.
    public mutating func add(requested object: JSONValue) throws(WorkloadError) {
        try addObject(object, kind: Self.kind(of: object, at: ""), document: 0, at: "")
    }

    private mutating func add<Value: ObjectValue>(
        _ object: Value, document: Int, at pointer: String, itemOf list: String?
    ) throws(WorkloadError) {
        guard object.isObject else { throw .notAnObject(pointer: pointer) }
        // The items of a typed list may leave their kind out.
        if let list, object["kind"] == nil, !list.utf8.elementsEqual("List".utf8) {
            return try addObject(object, kind: String(list.dropLast("List".count)), document: document, at: pointer)
        }
        let kind = try Self.kind(of: object, at: pointer)
        // `v1 List` and the lists that the API returns, `PodList` and so on.
        guard kind.utf8.elementsEqual("List".utf8) || kind.hasSuffix("List") && object["items"] != nil else {
            return try addObject(object, kind: kind, document: document, at: pointer)
        }
        guard list == nil else { throw .listInList(pointer: pointer) }
        let items = try elements(object["items"], at: pointer + "/items")
        for (position, item) in items.enumerated() {
            try add(item, document: document, at: "\(pointer)/items/\(position)", itemOf: kind)
        }
    }

    private static func kind<Value: ObjectValue>(
        of object: Value, at pointer: String
    ) throws(WorkloadError) -> String {
        guard object.isObject else { throw .notAnObject(pointer: pointer) }
        guard let kind = object["kind"]?.text, !kind.isEmpty else { throw .noKind(pointer: pointer) }
        return kind
    }

    private mutating func addObject<Value: ObjectValue>(
        _ object: Value, kind: String, document: Int, at pointer: String
    ) throws(WorkloadError) {
        objects += 1
        let found = try KubernetesObject(object, kind: kind, document: document, pointer: pointer)
        guard let places = kinds.places(in: kind) else {
            if Self.looksLikeWorkload(object) { unread.append(found) }
            return
        }
        let before = images.count
        for place in places {
            var chosen: [(pointer: String, value: Value)] = []
            try select(place.steps[...], in: object, at: pointer, &chosen)
            for (pointer, value) in chosen {
                switch place.content {
                case .pod: try addPod(value, of: found, at: pointer)
                case .image:
                    guard let text = value.text else { throw .notText(pointer: pointer) }
                    try add(RunImage(object: found, role: .field, name: nil, text: text, pointer: pointer))
                }
            }
        }
        // A kind that is known, shaped otherwise than it should be: other groups have a `Job` of their own, whose pods lie
        // elsewhere, and an empty pod where ours lie is no proof that there are none.
        if images.count == before, Self.looksLikeWorkload(object) { unread.append(found) }
    }

    // MARK: A pod

    private mutating func addPod<Value: ObjectValue>(
        _ pod: Value, of object: KubernetesObject, at pointer: String
    ) throws(WorkloadError) {
        guard pod.isObject else { throw .notAnObject(pointer: pointer) }
        for role in RunImage.Role.ofPods {
            let place = pointer + "/" + role.member
            for (position, element) in try elements(pod[role.member], at: place).enumerated() {
                let here = "\(place)/\(position)"
                guard element.isObject else { throw .notAnObject(pointer: here) }
                var holder = element
                var field = here + "/image"
                if role == .volume {
                    field = here + "/image/reference"
                    guard let image = element["image"], !image.isNull else { continue }
                    guard image.isObject else { throw .notAnObject(pointer: here + "/image") }
                    holder = image
                }
                var text = ""
                if let image = holder[role == .volume ? "reference" : "image"], !image.isNull {
                    guard let stated = image.text else { throw .notText(pointer: field) }
                    text = stated
                }
                try add(RunImage(object: object, role: role, name: element["name"]?.text, text: text, pointer: field))
            }
        }
    }

    private mutating func add(_ image: RunImage) throws(WorkloadError) {
        guard images.count < most else { throw .tooMany(limit: most) }
        images.append(image)
    }

    private func elements<Value: ObjectValue>(
        _ value: Value?, at pointer: String
    ) throws(WorkloadError) -> [Value] {
        guard let value, !value.isNull else { return [] }
        guard let elements = value.elements else { throw .notAList(pointer: pointer) }
        return elements
    }

    /// What lies under a path; `*` stands for every element of a list, or every member of an object.
    private func select<Value: ObjectValue>(
        _ path: ArraySlice<String>, in value: Value, at pointer: String,
        _ chosen: inout [(pointer: String, value: Value)]
    ) throws(WorkloadError) {
        guard let step = path.first else {
            guard chosen.count < most else { throw .tooMany(limit: most) }
            chosen.append((pointer, value))
            return
        }
        let rest = path.dropFirst()
        guard step == "*" else {
            guard let member = value[step], !member.isNull else { return }
            return try select(rest, in: member, at: pointer + "/" + WorkloadKinds.escaped(step), &chosen)
        }
        if let elements = value.elements {
            for (position, element) in elements.enumerated() {
                try select(rest, in: element, at: "\(pointer)/\(position)", &chosen)
            }
            return
        }
        for (key, member) in value.members {
            // It stands in the place of everything below it, once for each image.
            guard key.utf8.count <= Self.longestName else { throw .longName(limit: Self.longestName) }
            try select(rest, in: member, at: pointer + "/" + WorkloadKinds.escaped(key.value), &chosen)
        }
    }

    /// Of a member that `*` stands for, bytes: more than keys of a ConfigMap or labels may have (Kubernetes API, 253 and
    /// 63).
    static let longestName = 512

    /// Whether somewhere in an object there are containers, or a text called `image`.
    private static func looksLikeWorkload<Value: ObjectValue>(_ value: Value) -> Bool {
        if let elements = value.elements { return elements.contains(where: looksLikeWorkload) }
        return value.members.contains { name, value in
            value.elements?.isEmpty == false && RunImage.Role.containerMembers.contains(name)
                || name == "image" && value.text != nil || looksLikeWorkload(value)
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
        /// A text that a custom resource names an image by; see ``WorkloadKinds/add(_:)``.
        case field

        /// In the order in which they are found.
        static let ofPods: [Role] = [.container, .initContainer, .ephemeralContainer, .volume]

        /// The member of a pod's `spec` that lists them.
        var member: String {
            switch self {
            case .container: "containers"
            case .initContainer: "initContainers"
            case .ephemeralContainer: "ephemeralContainers"
            case .volume: "volumes"
            case .field: "image"
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
            case .field: "field"
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
    public var user: String { "\(object), \(use)" }

    /// `container app`; a field is called by its place. May hold any text.
    public var use: String { "\(role.name) \(name ?? (role == .field ? pointer : "without a name"))" }
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

    init<Value: ObjectValue>(
        _ object: Value, kind: String, document: Int, pointer: String
    ) throws(WorkloadError) {
        self.kind = kind
        self.document = document
        self.pointer = pointer
        let metadata = object["metadata"]
        let stated = try Self.text(metadata?["name"], at: pointer + "/metadata/name")
        let generated = try Self.text(metadata?["generateName"], at: pointer + "/metadata/generateName")
        name = stated ?? generated
        namespace = try Self.text(metadata?["namespace"], at: pointer + "/metadata/namespace")
    }

    /// Nil for what is missing or empty, as the API takes it.
    private static func text<Value: ObjectValue>(_ value: Value?, at pointer: String) throws(WorkloadError) -> String? {
        guard let value, !value.isNull else { return nil }
        guard let text = value.text else { throw .notText(pointer: pointer) }
        return text.isEmpty ? nil : text
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
    /// More containers and image volumes than are looked at.
    case tooMany(limit: Int)
    /// A member on the way to images whose name has more bytes than are repeated for each of them.
    case longName(limit: Int)

    public var message: String {
        switch self {
        case .notAnObject(let pointer): "expected an object at \(Self.quoted(pointer)), found something else"
        case .notAList(let pointer): "expected a list at \(Self.quoted(pointer)), found something else"
        case .notText(let pointer): "expected text at \(Self.quoted(pointer)), found something else"
        case .noKind(let pointer): "expected a Kubernetes object with `kind` at \(Self.quoted(pointer)), found none"
        case .listInList(let pointer): "expected an object at \(Self.quoted(pointer)), found a list in a list"
        case .tooMany(let limit): "expected at most \(limit) containers and image volumes, found more"
        case .longName(let limit):
            "expected names of at most \(limit) bytes on the way to images, found a longer one"
        }
    }

    private static func quoted(_ pointer: String) -> String { Finding.quoted(pointer.isEmpty ? "/" : pointer) }
}
