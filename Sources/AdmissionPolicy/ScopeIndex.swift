import Content
import OCI
import StrictEncoding

/// Finds candidates by namespace and by the leading components of the image's name.
///
/// A document is entered under each pair of a literal namespace (or "any", for patterns) and the components of an image
/// pattern that come before its first wildcard. A request looks up its namespace and "any", each with every leading
/// part of its name: as many look-ups as the name has components, however many documents there are.
struct ScopeIndex: Sendable {
    private struct Key: Hashable, Sendable {
        let namespace: ExactString?
        let prefix: ExactString
    }
    private var entries: [Key: [Int]] = [:]
    /// Bytes of the longest prefix: of a name nothing beyond is looked up.
    private var longestPrefix = 0

    /// Of one document. One with a thousand namespaces times a thousand images is looked at for every request instead.
    private static let mostEntries = 4096

    init(_ scopes: [Scope]) {
        for (position, scope) in scopes.enumerated() {
            let namespaces = Set(scope.namespaces.map { $0.isLiteral ? ExactString($0.description) : nil })
            let prefixes = Set(scope.images.map(Self.prefix))
            longestPrefix = prefixes.reduce(longestPrefix) { max($0, $1.utf8.count) }
            guard namespaces.count * prefixes.count <= Self.mostEntries else {
                entries[Key(namespace: nil, prefix: ""), default: []].append(position)
                continue
            }
            for namespace in namespaces {
                for prefix in prefixes {
                    entries[Key(namespace: namespace, prefix: prefix), default: []].append(position)
                }
            }
        }
    }

    /// Positions in the list of scopes, ascending and distinct.
    func candidates(namespace: String?, reference: ImageReference?) -> [Int] {
        var found: [Int] = []
        for prefix in prefixes(of: reference?.name) {
            found += entries[Key(namespace: nil, prefix: prefix)] ?? []
            guard let namespace else { continue }
            found += entries[Key(namespace: ExactString(namespace), prefix: prefix)] ?? []
        }
        // A scope of several namespaces or images lies in several places.
        found.sort()
        return found.enumerated().filter { $0 == 0 || $1 != found[$0 - 1] }.map(\.element)
    }

    /// The components of a pattern before the first that holds a wildcard.
    private static func prefix(_ glob: Glob) -> ExactString {
        let components = glob.description.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let literal = components.prefix {
            !$0.contains(UInt8(ascii: "*")) && !$0.contains(UInt8(ascii: "?"))
        }
        return ExactString(literal.map { String(Substring($0)) }.joined(separator: "/"))
    }

    /// The empty one, the first component, the first two, … all, as far as there are entries.
    private func prefixes(of name: String?) -> [ExactString] {
        var prefixes: [ExactString] = [""]
        guard let name, longestPrefix > 0 else { return prefixes }
        var end = name.utf8.startIndex
        while let slash = name.utf8[end...].firstIndex(of: UInt8(ascii: "/")) {
            guard name.utf8.distance(from: name.utf8.startIndex, to: slash) <= longestPrefix else { return prefixes }
            prefixes.append(ExactString(String(name[..<slash])))
            end = name.utf8.index(after: slash)
        }
        prefixes.append(ExactString(name))
        return prefixes
    }
}
