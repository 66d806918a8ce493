import Content
import Findings
import SBOM
import StrictEncoding

extension RequirementReader {
    func components(_ node: PolicyNode) -> ComponentRule? {
        guard let fields = reader.fields(of: node, .componentRule) else { return nil }
        let selection = selection(fields)
        let listed = optional(fields["deny"]) { patterns($0, "`deny`") }
        let file = optional(fields["denyFile"]) { listFile($0) }
        let allow = optional(fields["allow"]) { patterns($0, "`allow`") }
        let require = optional(fields["require"]) { patterns($0, "`require`") }
        let unidentified = optional(fields["unidentified"]) {
            reader.word($0, "`unidentified`", ComponentRule.Unidentified.self)
        }
        guard let selection, let listed, let file, let allow, let require, let unidentified else { return nil }
        var deny: ComponentList?
        if listed.value != nil || file.value != nil {
            deny = ComponentList((listed.value ?? []) + (file.value?.patterns ?? []), file: file.value?.file)
        }
        let deniesPackages = deny?.hasPackages ?? false
        if deniesPackages, unidentified.value == nil {
            problems.add(
                .policyFileMissingField, fields.place,
                "expected the field `unidentified` where packages are denied, found none",
                mend: "add `unidentified: reject`, or `allow`: a component without a package URL may be any package")
            return nil
        }
        if !deniesPackages, let node = fields["unidentified"] {
            problems.add(
                .policyFileNoEffect, node.place,
                "expected `unidentified` where packages are denied only, found it without")
            return nil
        }
        return ComponentRule(
            selection: selection, deny: deny, allow: allow.value.map { ComponentList($0) },
            require: require.value.map { ComponentList($0) }, unidentified: unidentified.value)
    }

    private func patterns(_ node: PolicyNode, _ what: String) -> [ComponentPattern]? {
        var seen: Set<ComponentPattern> = []
        return reader.list(node, what) { item in
            guard let fields = reader.fields(of: item, .componentPattern), let pattern = pattern(fields),
                // What is said twice with two remarks is said twice.
                reader.isNew(
                    ComponentPattern(kind: pattern.kind, versions: pattern.versions, reason: nil), item, &seen)
            else { return nil }
            return pattern
        }
    }

    /// The component that the fields of a mapping mean.
    func pattern(_ fields: DocumentReader.Fields) -> ComponentPattern? {
        let kind: ComponentPattern.Kind?
        if let node = fields["package"] {
            kind = reader.string(node, "`package`").flatMap { package($0, node.place) }
        } else if let node = fields["name"] {
            kind = reader.glob(node, "`name`").map { .name($0) }
        } else {
            kind = reader.glob(fields["supplier"], "`supplier`").map { .supplier($0) }
        }
        let versions = optional(fields["versions"]) { node in
            reader.string(node, "`versions`").flatMap { self.versions($0, of: kind, node.place) }
        }
        let reason = optional(fields["reason"]) { reader.string($0, "`reason`") }
        guard let kind, let versions, let reason else { return nil }
        return ComponentPattern(kind: kind, versions: versions.value, reason: reason.value)
    }

    /// A range in the notation of VERS, of versions such as the packages have that are meant.
    private func versions(
        _ text: String, of kind: ComponentPattern.Kind?, _ place: PolicyPlace
    ) -> ComponentVersions? {
        let range: VersionRange
        do throws(VersionRangeError) { range = try VersionRange(text) } catch {
            problems.add(
                .policyFileBadValue, place, error.message, mend: "write versions like `vers:maven/>=2.0.0|<2.17.1`")
            return nil
        }
        switch kind {
        case .package(let pattern)?:
            let type = pattern.description.utf8.dropFirst("pkg:".utf8.count).prefix { $0 != UInt8(ascii: "/") }
            guard !type.contains(UInt8(ascii: "*")) else { break }
            let name = String(Substring(type)).lowercased()
            guard let scheme = VersionScheme(packageType: name), scheme == range.scheme else {
                problems.add(
                    .policyFileBadValue, place,
                    "expected versions as packages of type `\(name)` have them, found \(Finding.quoted(text))")
                return nil
            }
        case .supplier?:
            problems.add(
                .policyFileNoEffect, place, "expected `versions` beside `package` or `name`, found it beside `supplier`"
            )
            return nil
        case .name?, nil: break
        }
        return ComponentVersions(range: range)
    }

    private func package(_ text: String, _ place: PolicyPlace) -> ComponentPattern.Kind? {
        do throws(PackageURLPatternError) { return .package(try PackageURLPattern(text)) } catch {
            problems.add(.policyFileBadValue, place, error.message + ", found \(Finding.quoted(text))")
            return nil
        }
    }
}

// MARK: Lists in files

extension RequirementReader {
    /// Most lines of a list with something on them.
    static let mostListed = 20_000
    /// Longest list, in bytes.
    static let longestList = 4 << 20

    /// One package a line, its versions behind it, and behind ` # ` why it is there. Empty lines, and lines that begin with `#`, say nothing.
    private func listFile(_ node: PolicyNode) -> (patterns: [ComponentPattern], file: ComponentList.ListFile)? {
        guard let path = reader.string(node, "`denyFile`"), let files,
            let (resolved, bytes) = files.bytes(ofFile: path, node.place)
        else { return nil }
        let shown = Finding.quoted(files.source.shown(resolved))
        guard bytes.count <= Self.longestList, let text = String(validating: bytes, as: UTF8.self) else {
            problems.add(
                .policyFileBadList, node.place,
                "expected UTF-8 of at most \(Self.longestList) bytes in \(shown), found something else")
            return nil
        }
        var patterns: [ComponentPattern] = []
        var seen: Set<ComponentPattern> = []
        let before = problems.count
        for (index, line) in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            // A list with a thousand faults is another kind of file.
            guard problems.count < before + 10 else { break }
            guard let read = Self.listed(String(Substring(line))) else { continue }
            let place = PolicyPlace(file: files.source.shown(resolved), line: index + 1, column: 1)
            guard patterns.count < Self.mostListed else {
                problems.add(.policyFileTooMany, place, "expected at most \(Self.mostListed) packages, found more")
                return nil
            }
            guard let kind = package(read.package, place) else { continue }
            var range: ComponentVersions?
            if let text = read.versions {
                guard let found = versions(text, of: kind, place) else { continue }
                range = found
            }
            guard seen.insert(ComponentPattern(kind: kind, versions: range, reason: nil)).inserted else {
                problems.add(.policyFileTwice, place, "expected distinct items, found one again")
                continue
            }
            patterns.append(ComponentPattern(kind: kind, versions: range, reason: read.reason))
        }
        guard problems.count == before else { return nil }
        guard !patterns.isEmpty else {
            problems.add(
                .policyFileBadList, node.place, "expected a package on each line of \(shown), found none",
                mend: "leave `denyFile` out if nothing is to be denied")
            return nil
        }
        return (patterns, ComponentList.ListFile(path: resolved, digest: Digest(of: bytes)))
    }

    /// Nil for a line that says nothing.
    private static func listed(_ line: String) -> (package: String, versions: String?, reason: String?)? {
        let bytes = Array(line.utf8)
        var end = bytes.count
        // A `#` within a package URL begins its subpath, so only one behind a space begins a remark.
        for index in bytes.indices where bytes[index] == UInt8(ascii: "#") {
            if index == 0 || bytes[index - 1] == 0x20 || bytes[index - 1] == 0x09 {
                end = index
                break
            }
        }
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D }
        let words = bytes[..<end].split(maxSplits: 1, whereSeparator: isSpace)
        guard let package = words.first else { return nil }
        let versions = words.count > 1 ? trimmed(words[1]) : ""
        let reason = end < bytes.count ? trimmed(bytes[(end + 1)...]) : ""
        return (
            String(decoding: package, as: UTF8.self), versions.isEmpty ? nil : versions, reason.isEmpty ? nil : reason
        )
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D }
        var slice = bytes.drop(while: isSpace)
        while let last = slice.last, isSpace(last) { slice.removeLast() }
        return String(decoding: slice, as: UTF8.self)
    }
}
