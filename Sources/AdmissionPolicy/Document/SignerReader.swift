import Findings
import PKI
import StrictEncoding

/// Reads `signers`, of a policy or of a guardrail, and the key files that it names.
struct SignerReader {
    let source: PolicySource
    let file: PolicyFile
    let reader: DocumentReader

    private var problems: PolicyProblems { reader.problems }

    /// By name. An empty dictionary if there are none; nil if one was refused.
    func signers(_ node: PolicyNode?) -> [ExactString: Signer]? {
        guard let node else { return [:] }
        guard case .mapping(let members) = node.content else {
            if reader.present(node) != nil {
                problems.add(
                    .policyFileWrongType, node.place,
                    "expected `signers` as a mapping of names to signers, found \(node.kindName)")
            }
            return nil
        }
        guard reader.isWithin(DocumentReader.mostRules, members.count, node, "`signers`") else { return nil }
        var unread = false
        var signers: [ReadSigner] = []
        for member in members {
            guard DocumentReader.isName(member.key) else {
                problems.add(
                    .policyFileBadValue, member.place,
                    "expected a signer's name of 1 to 63 lower-case letters, digits, `-`, `_` and `.`, found "
                        + Finding.quoted(member.key))
                unread = true
                continue
            }
            if let signer = signer(member.key, member.value) { signers.append(signer) } else { unread = true }
        }
        return unread ? nil : Self.withPrincipals(signers)
    }

    private func signer(_ name: String, _ node: PolicyNode) -> ReadSigner? {
        guard let fields = reader.fields(of: node, .signer) else { return nil }
        var reference: Signer.ReferenceMatch?
        if let node = fields["reference"] {
            guard let word = reader.word(node, "`reference`", Signer.ReferenceMatch.self) else { return nil }
            reference = word
        }
        guard let node = fields["key"] else {
            let certificates = CertificateSignerReader(reader: reader) { bytes(ofFile: $0, $1)?.bytes }
            return certificates.pattern(fields).map {
                ReadSigner(name: name, reference: reference, holder: .certificates($0))
            }
        }
        guard let key = reader.fields(of: node, .keySigner) else { return nil }
        let isSingle = key["file"] != nil
        for field in FieldList.keySigner.optional where !isSingle {
            guard let node = key[field] else { continue }
            problems.add(
                .policyFileNoEffect, node.place, "expected `\(field)` beside `file` only, found it without",
                mend: key["rotation"] == nil ? nil : "say it of each key of the rotation")
            return nil
        }
        let keys: [ReadKey]? =
            if isSingle {
                self.key(key).map { [$0] }
            } else if let rotation = key["rotation"] {
                self.rotation(rotation)
            } else {
                directory(key["directory"])
            }
        return keys.map {
            ReadSigner(
                name: name, reference: reference, holder: .keys($0, isOnePrincipal: key["directory"] == nil))
        }
    }

    // MARK: Keys

    private func rotation(_ node: PolicyNode) -> [ReadKey]? {
        var seen: Set<PublicKey> = []
        return reader.list(node, "`rotation`", most: DocumentReader.mostRules) { item in
            guard let fields = reader.fields(of: item, .rotatedKey), let key = key(fields) else { return nil }
            return reader.isNew(key.key, item, &seen) ? key : nil
        }
    }

    /// A key file and what is said of the key.
    private func key(_ fields: DocumentReader.Fields) -> ReadKey? {
        guard let file = fields["file"], let path = reader.string(file, "a key file"),
            let key = keyFile(path, file.place)
        else { return nil }
        let schemes = schemes(fields["schemes"], key)
        let from = instant(fields["validFrom"], "`validFrom`")
        let until = instant(fields["validUntil"], "`validUntil`")
        let compromised = instant(fields["compromisedAt"], "`compromisedAt`")
        guard let location = cloudBuildLocation(fields["insecureCloudBuildLocation"], key) else { return nil }
        guard let schemes, let from, let until, let compromised else { return nil }
        if let first = from.value, let last = until.value, last < first {
            problems.add(
                .policyFileBadValue, fields["validUntil"]?.place ?? fields.place,
                "expected `validUntil` at or after `validFrom`, \(first), found \(last)")
            return nil
        }
        return ReadKey(
            key: key, schemes: schemes, validFrom: from.value, validUntil: until.value,
            compromisedAt: compromised.value, cloudBuildLocation: location.value)
    }

    /// The location whose key of Cloud Build it is, all of which are ECDSA P-256.
    private func cloudBuildLocation(_ node: PolicyNode?, _ key: PublicKey) -> (value: ExactString?, Void)? {
        guard let node else { return (nil, ()) }
        guard let text = reader.string(node, "`insecureCloudBuildLocation`") else { return nil }
        let isName = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
        }
        guard isName, text.utf8.count <= 63, key.kind == .ecdsaP256 else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected `insecureCloudBuildLocation` as a location of Google Cloud like `us-west2`, beside an ECDSA P-256 key, "
                    + "found \(Finding.quoted(text)) beside a key of kind `\(key.kind)`")
            return nil
        }
        return (ExactString(text), ())
    }

    /// Nil if it was refused, an empty box if it is not there.
    private func instant(_ node: PolicyNode?, _ what: String) -> (value: Instant?, Void)? {
        guard let node else { return (nil, ()) }
        return reader.instant(node, what).map { ($0, ()) }
    }

    private func schemes(_ node: PolicyNode?, _ key: PublicKey) -> [SignatureScheme]? {
        guard let node else { return SignatureScheme.defaults(for: key.kind) }
        guard let schemes = reader.words(node, "a signature scheme", SignatureScheme.self) else { return nil }
        for scheme in schemes where !scheme.isUsable(with: key.kind) {
            problems.add(
                .policyFileBadValue, node.place,
                "expected schemes that a key of kind `\(key.kind)` can use, found `\(scheme.rawValue)`")
            return nil
        }
        return schemes
    }

    /// Every key file of a directory; none, one that is no key, and a key twice are errors.
    private func directory(_ node: PolicyNode?) -> [ReadKey]? {
        guard let node, let path = reader.string(node, "a directory of keys") else { return nil }
        guard let resolved = resolved(path, node.place) else { return nil }
        let shown = Finding.quoted(source.shown(resolved))
        let names: [String]
        switch source.keyDirectory(resolved) {
        case .failure(let error):
            problems.add(
                .policyFileKeyUnreadable, node.place, "expected a directory of key files at \(shown): \(error.message)")
            return nil
        case .success(let found): names = Set(found.map { ExactString($0) }).sorted().map(\.value)
        }
        guard !names.isEmpty else {
            problems.add(
                .policyFileKeyUnreadable, node.place, "expected key files (`.pub`, `.pem`) in \(shown), found none",
                mend: "put the keys into it; nobody's signatures is never what is meant")
            return nil
        }
        guard reader.isWithin(DocumentReader.mostItems, names.count, node, "the directory \(shown)") else { return nil }
        var seen: Set<PublicKey> = []
        var keys: [ReadKey] = []
        for name in names {
            // A name that leads elsewhere would read another directory's keys.
            guard !name.utf8.contains(UInt8(ascii: "/")), let key = read(resolved + "/" + name, node.place),
                reader.isNew(key, node, &seen)
            else { continue }
            keys.append(ReadKey(key: key, schemes: SignatureScheme.defaults(for: key.kind)))
        }
        return keys.count == names.count ? keys : nil
    }

    private func keyFile(_ path: String, _ place: PolicyPlace) -> PublicKey? {
        resolved(path, place).flatMap { read($0, place) }
    }

    private func resolved(_ path: String, _ place: PolicyPlace) -> String? {
        if let resolved = RelativePath.resolve(path, from: file.path) { return resolved }
        problems.add(
            .policyFileKeyPath, place,
            "expected a path below the directory of the policy's source, found \(Finding.quoted(path))")
        return nil
    }

    private func read(_ path: String, _ place: PolicyPlace) -> PublicKey? {
        guard let bytes = bytes(at: path, place) else { return nil }
        do { return try PublicKey(pem: bytes) } catch {
            problems.add(error.code, place, "\(error.message) (\(Finding.quoted(source.shown(path))))")
            return nil
        }
    }

    /// A file beside the document, and its path within the source.
    func bytes(ofFile path: String, _ place: PolicyPlace) -> (path: String, bytes: [UInt8])? {
        resolved(path, place).flatMap { path in bytes(at: path, place).map { (path, $0) } }
    }

    private func bytes(at path: String, _ place: PolicyPlace) -> [UInt8]? {
        switch source.keyFile(path) {
        case .success(let bytes): return bytes
        case .failure(let error):
            problems.add(
                .policyFileKeyUnreadable, place,
                "expected a file at \(Finding.quoted(source.shown(path))): \(error.message)")
            return nil
        }
    }

    /// For the keys that a guardrail denies: each is read from a file beside it.
    func fingerprint(ofFile node: PolicyNode) -> ExactString? {
        guard let path = reader.string(node, "a key file") else { return nil }
        return keyFile(path, node.place).map { ExactString($0.fingerprint) }
    }
}

// MARK: Principals

/// A key before it is known whose it is.
private struct ReadKey {
    let key: PublicKey
    let schemes: [SignatureScheme]
    var validFrom: Instant?
    var validUntil: Instant?
    var compromisedAt: Instant?
    var cloudBuildLocation: ExactString?
}

private struct ReadSigner {
    let name: String
    let reference: Signer.ReferenceMatch?
    let holder: Holder

    enum Holder {
        /// Whether the keys are one person's, and not each another's.
        case keys([ReadKey], isOnePrincipal: Bool)
        case certificates(CertificatePattern)
    }
}

extension SignerReader {
    /// Finds out who holds which keys. All keys of one signer are one principal's, except those of a directory, and a
    /// key that two signers share makes them one: otherwise one person would count twice towards a threshold.
    private static func withPrincipals(_ signers: [ReadSigner]) -> [ExactString: Signer] {
        var parents: [ExactString: ExactString] = [:]
        func root(_ key: ExactString) -> ExactString {
            var key = key
            while let parent = parents[key], parent != key { key = parent }
            return key
        }
        for signer in signers {
            guard case .keys(let keys, let isOnePrincipal) = signer.holder else { continue }
            let fingerprints = keys.map { ExactString($0.key.fingerprint) }
            for key in fingerprints where parents[key] == nil { parents[key] = key }
            guard isOnePrincipal, let first = fingerprints.first else { continue }
            for key in fingerprints.dropFirst() {
                // The least fingerprint stands for all, so that order changes nothing.
                let (a, b) = (root(first), root(key))
                parents[max(a, b)] = min(a, b)
            }
        }
        var found: [ExactString: Signer] = [:]
        for signer in signers {
            let kind: Signer.Kind
            switch signer.holder {
            case .certificates(let pattern): kind = .certificates(pattern)
            case .keys(let read, _):
                let keys = read.map { key in
                    SignerKey(
                        key: key.key, schemes: key.schemes, validFrom: key.validFrom, validUntil: key.validUntil,
                        compromisedAt: key.compromisedAt, insecureCloudBuildLocation: key.cloudBuildLocation,
                        principal: root(ExactString(key.key.fingerprint)))
                }
                kind = .keys(keys.sorted { ExactString($0.key.fingerprint) < ExactString($1.key.fingerprint) })
            }
            found[ExactString(signer.name)] = Signer(name: signer.name, kind: kind, reference: signer.reference)
        }
        return found
    }
}
