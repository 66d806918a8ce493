import StrictEncoding

/// What a workload runs, a JSON Patch, and another way to write an object: each written here once more, in the simplest way
/// and with nothing of the product's, so that the two can be held against each other.
enum ObjectReading {
    /// An image and where it stands.
    struct Place: Hashable {
        let role: String
        let pointer: String
        let text: ExactString
    }

    /// Where pods lie, by kind.
    static let pods: [ExactString: [String]] = [
        "Pod": ["spec"], "PodTemplate": ["template", "spec"], "Deployment": ["spec", "template", "spec"],
        "ReplicaSet": ["spec", "template", "spec"], "ReplicationController": ["spec", "template", "spec"],
        "StatefulSet": ["spec", "template", "spec"], "DaemonSet": ["spec", "template", "spec"],
        "Job": ["spec", "template", "spec"],
        "CronJob": ["spec", "jobTemplate", "spec", "template", "spec"],
    ]

    /// The images of one of Kubernetes' own kinds; nil for another.
    static func images(of object: JSONTree) -> [Place]? {
        guard case .string(let kind)? = object["kind"], let path = pods[ExactString(kind)] else { return nil }
        var pod = object
        for step in path {
            guard let next = pod[step] else { return [] }
            pod = next
        }
        let base = "/" + path.joined(separator: "/")
        var found: [Place] = []
        for role in ["containers", "initContainers", "ephemeralContainers"] {
            guard case .array(let list)? = pod[role] else { continue }
            for (index, container) in list.enumerated() {
                guard case .string(let image)? = container["image"] else { continue }
                found.append(
                    Place(role: role, pointer: "\(base)/\(role)/\(index)/image", text: ExactString(image)))
            }
        }
        if case .array(let volumes)? = pod["volumes"] {
            for (index, volume) in volumes.enumerated() {
                guard case .string(let image)? = volume["image"]?["reference"] else { continue }
                found.append(
                    Place(
                        role: "volumes", pointer: "\(base)/volumes/\(index)/image/reference", text: ExactString(image)))
            }
        }
        return found
    }

    // MARK: RFC 6902

    /// The object after a patch of `test` and `replace`; nil where an operation fails.
    static func patched(_ object: JSONTree, by operations: [JSONTree]) -> JSONTree? {
        var object = object
        for operation in operations {
            guard case .string(let path)? = operation["path"], let value = operation["value"] else { return nil }
            let steps = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
                String($0).replacing("~1", with: "/").replacing("~0", with: "~")
            }
            switch operation["op"] {
            case "test": guard self.value(at: steps[...], in: object) == value else { return nil }
            case "replace":
                guard let next = replaced(steps[...], in: object, by: value) else { return nil }
                object = next
            default: return nil
            }
        }
        return object
    }

    private static func value(at steps: ArraySlice<String>, in tree: JSONTree) -> JSONTree? {
        guard let step = steps.first else { return tree }
        switch tree {
        case .object: return tree[step].flatMap { value(at: steps.dropFirst(), in: $0) }
        case .array(let elements):
            guard let index = Int(step), elements.indices.contains(index) else { return nil }
            return value(at: steps.dropFirst(), in: elements[index])
        default: return nil
        }
    }

    private static func replaced(_ steps: ArraySlice<String>, in tree: JSONTree, by new: JSONTree) -> JSONTree? {
        guard let step = steps.first else { return new }
        switch tree {
        case .object(var members):
            guard let member = members[ExactString(step)],
                let changed = replaced(steps.dropFirst(), in: member, by: new)
            else { return nil }
            members[ExactString(step)] = changed
            return .object(members)
        case .array(var elements):
            guard let index = Int(step), elements.indices.contains(index),
                let changed = replaced(steps.dropFirst(), in: elements[index], by: new)
            else { return nil }
            elements[index] = changed
            return .array(elements)
        default: return nil
        }
    }

    // MARK: Another spelling

    /// The same value with its members the other way round, with white space, and with every character escaped.
    static func respelled(_ tree: JSONTree) -> [UInt8] {
        var out: [UInt8] = []
        write(tree, to: &out)
        return out
    }

    private static func write(_ tree: JSONTree, to out: inout [UInt8]) {
        switch tree {
        case .object(let members):
            out += "{\n".utf8
            for (number, key) in members.keys.sorted().reversed().enumerated() {
                if number > 0 { out += " ,".utf8 }
                write(.string(key.value), to: &out)
                out += "\t: ".utf8
                if let value = members[key] { write(value, to: &out) }
            }
            out += " }".utf8
        case .array(let elements):
            out += "[ ".utf8
            for (number, element) in elements.enumerated() {
                if number > 0 { out += "\r\n,".utf8 }
                write(element, to: &out)
            }
            out += "]".utf8
        case .string(let text):
            out += "\"".utf8
            for unit in text.utf16 {
                let digits = String(unit, radix: 16)
                out += ("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits).utf8
            }
            out += "\"".utf8
        default: out += tree.canonicalBytes()
        }
    }
}
