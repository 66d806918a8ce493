import Content
import Findings
import StrictEncoding

/// Translates containers-policy.json(5).
///
/// There the most specific scope that matches decides alone; here every policy that matches has to admit, so images of a
/// narrower scope have to fulfil the wider ones too. What is rejected by default needs no policy: without one nothing is
/// admitted.
struct ContainersPolicyImport {
    let reader: DocumentReader

    private var problems: PolicyProblems { reader.problems }

    /// A scope with what it asks for, read but not yet translated.
    struct Entry {
        let scope: ContainersScope
        let path: String
        let requirements: [DocumentReader.Fields]
        let place: PolicyPlace

        enum Kind: Equatable { case accept, reject, other }
        /// What all of its requirements together come to, where that is plain.
        let kind: Kind
    }

    func translate(_ document: PolicyNode, into result: inout ImportResult) {
        guard let fields = reader.fields(of: document, .containersDocument),
            let preset = entry(fields["default"], ContainersScope.everything, "default")
        else { return }
        guard let (docker, others) = transports(fields["transports"], into: &result) else { return }
        var entries = docker
        if let whole = docker.first(where: { $0.scope == .everything }) {
            result.remark(
                .note, preset.place, "default",
                "images of registries are the matter of \(whole.path); nothing else is looked at by this policy")
        } else if preset.kind != .reject, let other = others.first(where: { $0.kind != .accept }) {
            // Ours don't know transports: what is refused there would be admitted by what is meant for the rest.
            result.remark(
                .notSaid, preset.place, "default",
                "it is left out, and nothing is admitted by it, because \(other.path) asks for more and can't be said")
        } else {
            entries.insert(preset, at: 0)
        }
        // To reject takes a policy only within what another admits: what no policy speaks of is rejected.
        let written = entries.filter { entry in
            entry.kind != .reject || entries.contains { $0.kind != .reject && $0.scope.isWider(than: entry.scope) }
        }
        for entry in written { translate(entry, among: written, into: &result) }
        if result.drafts.isEmpty {
            result.remark(.note, document.place, "default", "nothing is admitted, which is so without any policy")
        }
    }

    /// The scopes of registries, and those of other transports, which can't be said. Nil if the file is refused.
    private func transports(
        _ node: PolicyNode?, into result: inout ImportResult
    ) -> (docker: [Entry], others: [Entry])? {
        guard let node else { return ([], []) }
        guard case .mapping(let transports) = node.content else {
            problems.add(.policyFileWrongType, node.place, "expected `transports` as an object")
            return nil
        }
        var docker: [Entry] = []
        var others: [Entry] = []
        for transport in transports {
            guard case .mapping(let scopes) = transport.value.content else {
                problems.add(.policyFileWrongType, transport.place, "expected a transport as an object of scopes")
                return nil
            }
            let isDocker = transport.key.utf8.elementsEqual("docker".utf8)
            guard reader.isWithin(DocumentReader.mostItems, scopes.count + docker.count, transport.value, "scopes")
            else {
                return nil
            }
            for member in scopes {
                let path = "transports.\(Finding.quoted(transport.key)).\(Finding.quoted(member.key))"
                let scope = isDocker ? ContainersScope(member.key) : .everything
                guard let scope else {
                    problems.add(
                        .policyFileBadValue, member.place,
                        "expected a scope like `registry.example/team`, found \(Finding.quoted(member.key))")
                    return nil
                }
                guard let entry = entry(member.value, scope, path) else { return nil }
                guard !isDocker else {
                    docker.append(entry)
                    continue
                }
                others.append(entry)
                result.remark(
                    .notSaid, member.place, path,
                    "policies speak of names in registries, not of other transports; it is left out, and nothing is "
                        + "admitted by it")
            }
        }
        return (docker, others)
    }

    private func entry(_ node: PolicyNode?, _ scope: ContainersScope, _ path: String) -> Entry? {
        guard let node,
            let requirements = reader.list(
                node, "requirements", most: DocumentReader.mostRules, { ContainersRequirement.fields(of: $0, reader) })
        else { return nil }
        let types = requirements.compactMap { fields -> String? in
            guard case .scalar(let scalar)? = fields["type"]?.content else { return nil }
            return scalar.text
        }
        let kind: Entry.Kind =
            types.contains("reject") ? .reject : types.allSatisfy { $0 == "insecureAcceptAnything" } ? .accept : .other
        return Entry(scope: scope, path: path, requirements: requirements, place: node.place, kind: kind)
    }

    private func translate(_ entry: Entry, among all: [Entry], into result: inout ImportResult) {
        let before = result.remarks.count
        var draft = PolicyDraft(
            name: result.names.name(entry.scope.text.isEmpty ? "everything" : entry.scope.text, otherwise: "scope"),
            owner: "imported", stage: "enforce", namespaces: result.options.namespaces, images: entry.scope.images)
        let demanding = all.first { $0.kind != .accept && $0.scope.isWider(than: entry.scope) }
        if let demanding, entry.kind != .reject {
            result.remark(
                .stricter, entry.place, entry.path,
                "images of this scope have to fulfil \(demanding.path) too: here every policy that matches has to admit"
            )
        }
        var requirements = ContainersRequirement(reader: reader, scope: entry.scope, policy: draft.name)
        for (position, fields) in entry.requirements.enumerated() {
            guard
                let requirement = requirements.requirement(
                    fields, "\(entry.path)[\(position)]", position, into: &result)
            else { return }
            draft.require.append(requirement)
        }
        switch entry.scope.pin {
        case .tag(let tag):
            result.remark(
                .stricter, entry.place, entry.path, "other tags of this repository are refused by this policy")
            draft.require.append(
                DraftRequirement(
                    id: "tag", .image(DraftImage(names: .oneOf([entry.scope.name]), tags: .oneOf([tag])))))
        case .digest:
            let comment = result.remark(
                .notSaid, entry.place, entry.path,
                "a scope of one digest; the whole repository is refused until you mend it")
            draft.require.append(
                DraftRequirement(
                    id: "not-imported-digest", .never("not imported: a scope of one digest"), comments: [comment]))
        case nil: break
        }
        draft.signers = requirements.signers
        draft.comments =
            ["containers policy.json, \(entry.path), translated."] + result.remarks[before...].map(\.text)
        result.drafts.append(draft)
    }
}

/// A scope of the transport `docker`.
struct ContainersScope: Equatable {
    /// As written.
    let text: String
    /// `registry/repository`, or a leading part of it; `*.example` for subdomains.
    let name: String
    let pin: Pin?

    enum Pin: Equatable {
        case tag(String)
        case digest
    }

    static let everything = ContainersScope(text: "", name: "", pin: nil)

    private init(text: String, name: String, pin: Pin?) {
        self.text = text
        self.name = name
        self.pin = pin
    }

    /// Nil if it is malformed.
    init?(_ text: String) {
        guard text.utf8.count <= 512, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        guard !text.isEmpty else {
            self = .everything
            return
        }
        var rest = Substring(text)
        var pin: Pin?
        if let at = rest.utf8.firstIndex(of: UInt8(ascii: "@")) {
            pin = .digest
            rest = rest[..<at]
        } else if let slash = rest.utf8.lastIndex(of: UInt8(ascii: "/")),
            let colon = rest[slash...].utf8.firstIndex(of: UInt8(ascii: ":"))
        {
            pin = .tag(String(rest[rest.utf8.index(after: colon)...]))
            rest = rest[..<colon]
        }
        let plain = rest.utf8.starts(with: "*.".utf8) ? rest.dropFirst(2) : rest
        // A wildcard stands for subdomains, and is the whole scope with the domain.
        guard !plain.isEmpty, !plain.utf8.contains(where: { "*?[]{}\\^$()|".utf8.contains($0) }),
            plain.utf8.count == rest.utf8.count || !plain.utf8.contains(UInt8(ascii: "/")),
            !plain.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).contains(
                where: \.isEmpty),
            pin != .tag("")
        else { return nil }
        self.init(text: text, name: String(rest), pin: pin)
    }

    /// As our patterns.
    var images: [String] {
        if name.isEmpty { return ["**"] }
        // Ports are cut off before subdomains are compared.
        if name.utf8.starts(with: "*.".utf8) { return [name + "/**", name + ":*/**"] }
        return pin == nil ? [name + "/**"] : [name]
    }

    func isWider(than other: ContainersScope) -> Bool { self != other && contains(other) }

    /// Whether every image of the other scope is one of this.
    private func contains(_ other: ContainersScope) -> Bool {
        guard pin == nil else { return self == other }
        if name.isEmpty { return true }
        if name.utf8.starts(with: "*.".utf8) {
            let domain = name.utf8.dropFirst()
            let host = other.name.utf8.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") }
            return host.count > domain.count && host.suffix(domain.count).elementsEqual(domain)
        }
        return name.utf8.elementsEqual(other.name.utf8) || other.name.utf8.starts(with: (name + "/").utf8)
    }
}
