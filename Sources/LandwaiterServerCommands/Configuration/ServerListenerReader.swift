import AdmissionPolicy
import AdmissionServer
import Findings
import OCI
import PKI
import StrictEncoding

// Where is listened, and who may ask.
extension ServerConfigurationReader {
    func listener(_ node: PolicyNode) -> ListenerConfiguration? {
        guard let fields = reader.fields(of: node, ServerGrammar.listener) else { return nil }
        let name = reader.name(fields["name"], "a name")
        let surfaces = reader.words(fields["surfaces"], "a surface", SurfaceName.self)
        let tls = fields["tls"].flatMap { self.tls($0) }
        let plain = fields["insecurePlaintext"].flatMap { reader.bool($0, "`insecurePlaintext`") } ?? false
        let address = fields["socket"] == nil ? address(fields) : socket(fields)
        if plain, fields["tls"] != nil {
            problems.add(
                .policyFileNoEffect, fields["insecurePlaintext"]?.place ?? fields.place,
                "expected `tls` or `insecurePlaintext`, found both", mend: "remove `insecurePlaintext`")
        }
        guard let name, let surfaces, let address else { return nil }
        if surfaces.contains(.containerd), case .tcp = address {
            problems.add(
                .policyFileBadValue, fields["surfaces"]?.place ?? fields.place,
                "expected the surface `containerd` on a socket, found it on an address",
                mend: "give it a listener of its own, with `socket: PATH`")
        }
        return ListenerConfiguration(
            name: name, address: address, tls: tls, surfaces: Set(surfaces), insecurePlaintext: plain)
    }

    private func address(_ fields: Fields) -> ListenAddress? {
        if let mode = fields["mode"] {
            problems.add(
                .policyFileNoEffect, mode.place, "expected `mode` with `socket` only, found it with `address`",
                mend: "remove it: who reaches an address is for the network to say")
        }
        guard let node = reader.present(fields["address"]), let text = reader.string(node, "`address`") else {
            return nil
        }
        // Port 0 is any that is free: of use on loopback alone.
        let isAnyPort = text.hasSuffix(":0")
        let spelled = isAnyPort ? String(text.dropLast(2)) : text
        guard let host = RegistryHost(parsing: spelled), (host.port != nil) != isAnyPort,
            !isAnyPort || host.host == "127.0.0.1"
        else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected `address` as a host and a port, found \(Finding.quoted(text))",
                mend: "write it like `0.0.0.0:8443` or `[::1]:8443`")
            return nil
        }
        let name = host.host.hasPrefix("[") ? String(host.host.dropFirst().dropLast()) : host.host
        return .tcp(host: name, port: host.port ?? 0)
    }

    private func socket(_ fields: Fields) -> ListenAddress? {
        for key in ["tls", "insecurePlaintext"] {
            guard let node = fields[key] else { continue }
            problems.add(
                .policyFileNoEffect, node.place, "expected `\(key)` with `address` only, found it with `socket`",
                mend: "remove it: a socket is protected by its mode and its directory")
        }
        guard let node = fields["socket"], let path = path(node, "`socket`") else { return nil }
        // sockaddr_un holds 108 bytes, the last of which is 0.
        guard path.utf8.count <= 107 else {
            problems.add(
                .policyFileBadValue, node.place,
                "expected a path of at most 107 bytes for a socket, found \(path.utf8.count)")
            return nil
        }
        var mode = UnixSocketMode.owner
        if let node = fields["mode"], let text = reader.string(node, "`mode`") {
            switch text {
            case "0600": mode = .owner
            case "0660": mode = .ownerAndGroup
            default:
                problems.add(
                    .policyFileBadValue, node.place,
                    "expected `mode` to be \"0600\" or \"0660\", found \(Finding.quoted(text))",
                    mend: "a socket is for its owner, or for its group besides")
            }
        }
        return .unix(path: path, mode: mode)
    }

    private func tls(_ node: PolicyNode) -> ListenerTLS? {
        guard let fields = reader.fields(of: node, ServerGrammar.tls) else { return nil }
        let certificate = path(fields["certificate"], "`certificate`")
        let key = path(fields["key"], "`key`")
        var clients: ClientAuthorities?
        if let node = fields["clients"], let authorities = reader.fields(of: node, ServerGrammar.clients) {
            let bundles = authorities["bundles"].flatMap { reader.list($0, "`bundles`", most: 64) { bundle($0) } }
            clients = ClientAuthorities(
                files: paths(authorities["authorities"], "`authorities`"), bundles: bundles ?? [],
                areRequired: authorities["required"].flatMap { reader.bool($0, "`required`") } ?? false)
        }
        guard let certificate, let key else { return nil }
        return ListenerTLS(certificateFile: certificate, keyFile: key, clients: clients)
    }

    private func bundle(_ node: PolicyNode) -> SPIFFEBundleFile? {
        guard let fields = reader.fields(of: node, ServerGrammar.bundle) else { return nil }
        let file = path(fields["file"], "`file`")
        guard let node = reader.present(fields["trustDomain"]), let text = reader.string(node, "`trustDomain`") else {
            return nil
        }
        let domain: SPIFFETrustDomain
        do {
            domain = try SPIFFETrustDomain(text)
        } catch {
            problems.add(
                .policyFileBadValue, node.place,
                "expected the name of a trust domain, found \(Finding.quoted(text))",
                mend: "write it like `cluster.example`, without a scheme")
            return nil
        }
        return file.map { SPIFFEBundleFile(trustDomain: domain, file: $0) }
    }

    /// Whose bearer tokens are believed, by the name that callers are given.
    struct Issuer {
        enum Kind {
            case spiffe(SPIFFEBundleFile)
            case oidc(issuer: String, keys: String)
        }

        let name: String
        let audience: String
        let kind: Kind
    }

    /// Nil where one of them was refused.
    func tokens(_ node: PolicyNode?) -> [Issuer]? {
        guard let node else { return [] }
        return distinct(reader.list(node, "`tokens`", most: 16) { issuer($0) }, node, \.name)
    }

    private func issuer(_ node: PolicyNode) -> Issuer? {
        guard let fields = reader.fields(of: node, ServerGrammar.token) else { return nil }
        let name = reader.name(fields["name"], "a name")
        let audience = reader.string(fields["audience"], "`audience`")
        var kind: Issuer.Kind?
        if let node = fields["spiffe"] {
            kind = bundle(node).map { .spiffe($0) }
        } else if let node = fields["oidc"], let oidc = reader.fields(of: node, ServerGrammar.oidc) {
            let issuer = reader.string(oidc["issuer"], "`issuer`")
            let keys = path(oidc["keys"], "`keys`")
            if let issuer, let keys { kind = .oidc(issuer: issuer, keys: keys) }
        }
        guard let name, let audience, let kind else { return nil }
        return Issuer(name: name, audience: audience, kind: kind)
    }

    func access(_ node: PolicyNode?, tokens: [Issuer]?) -> [SurfaceName: SurfaceAccess] {
        var access: [SurfaceName: SurfaceAccess] = [:]
        for surface in openToAll { access[surface] = .insecureUnauthenticated }
        guard let node, let fields = reader.fields(of: node, ServerGrammar.callers) else { return access }
        for surface in SurfaceName.allCases {
            guard let list = fields[surface.rawValue] else { continue }
            guard access[surface] == nil else {
                problems.add(
                    .policyFileNoEffect, list.place,
                    "expected callers of `\(surface.rawValue)` or `--insecure-any-caller`, found both",
                    mend: "leave `--insecure-any-caller \(surface.rawValue)` out")
                continue
            }
            var rules = CallerRules()
            let read = reader.list(list, "`\(surface.rawValue)`") {
                caller($0, tokens: tokens, into: &rules) ? true : nil
            }
            if read != nil { access[surface] = .callers(rules) }
        }
        return access
    }

    /// - Parameter tokens: nil where they could not be read, which is reported already.
    private func caller(_ node: PolicyNode, tokens: [Issuer]?, into rules: inout CallerRules) -> Bool {
        guard let fields = reader.fields(of: node, ServerGrammar.caller) else { return false }
        if let subjects = fields["subjects"], fields["token"] == nil {
            problems.add(
                .policyFileNoEffect, subjects.place, "expected `subjects` with `token` only, found it without",
                mend: "remove `subjects`, or name an issuer with `token`")
        }
        if let node = fields["certificate"] {
            guard let text = reader.string(node, "`certificate`") else { return false }
            do throws(CallerRuleError) {
                rules.certificates.append(try CertificateRule(parsing: text))
            } catch {
                return refuse(node, text)
            }
        } else if let node = fields["unixUser"] {
            guard let user = unixUser(node) else { return false }
            rules.unixUsers.append(user)
        } else if let node = fields["secret"] {
            guard let secret = reader.fields(of: node, ServerGrammar.callerSecret) else { return false }
            let name = reader.name(secret["name"], "a name")
            let header = secret["header"].map { self.header($0) } ?? "authorization"
            let file = path(secret["file"], "`file`")
            guard let name, let header, let file else { return false }
            rules.secrets.append(SharedSecretRule(name: name, header: header, file: file))
        } else {
            return token(fields, tokens: tokens, into: &rules)
        }
        return true
    }

    private func token(_ fields: Fields, tokens: [Issuer]?, into rules: inout CallerRules) -> Bool {
        guard let node = fields["token"], let name = reader.name(node, "`token`") else { return false }
        guard let subjects = fields["subjects"] else {
            problems.add(
                .policyFileMissingField, node.place, "expected `subjects` with `token`, found none",
                mend: "list whose tokens are let in, each as the issuer names it")
            return false
        }
        guard let names = reader.strings(subjects, "`subjects`"), let tokens else { return false }
        guard let issuer = tokens.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
            problems.add(
                .policyFileBadValue, node.place, "expected the name of one of `tokens`, found \(Finding.quoted(name))",
                mend: "add it to `tokens`, with its audience and its keys")
            return false
        }
        let audience = ExactString(issuer.audience)
        switch issuer.kind {
        case .oidc(let stated, let keys):
            rules.issuedTokens.append(
                IssuedTokenRule(
                    issuer: ExactString(stated), audience: audience, keysFile: keys,
                    subjects: names.map { ExactString($0) }))
        case .spiffe(let bundle):
            var workloads: [SPIFFERule] = []
            for (subject, place) in zip(names, nodes(of: subjects)) {
                do throws(CallerRuleError) {
                    workloads.append(try SPIFFERule(parsing: subject))
                } catch {
                    return refuse(place, subject)
                }
            }
            rules.workloadTokens.append(WorkloadTokenRule(bundle: bundle, audience: audience, workloads: workloads))
        }
        return true
    }

    /// A user of this machine, by name or by number.
    private func unixUser(_ node: PolicyNode) -> UInt32? {
        guard let node = reader.present(node) else { return nil }
        guard case .scalar(let scalar) = node.content, scalar.kind == .string || scalar.kind == .integer else {
            problems.add(
                .policyFileWrongType, node.place, "expected `unixUser` as a name or a number, found something else")
            return nil
        }
        if scalar.text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            // The highest number stands for nobody in system calls.
            if let number = UInt32(scalar.text), number < UInt32.max { return number }
        } else if let number = SystemUser.number(of: scalar.text) {
            return number
        }
        problems.add(
            .policyFileBadValue, node.place,
            "expected `unixUser` to be a user of this machine, found \(Finding.quoted(scalar.text))",
            mend: "name one that `getent passwd` lists, or give a number")
        return nil
    }

    private func refuse(_ node: PolicyNode, _ text: String) -> Bool {
        problems.add(
            .policyFileBadValue, node.place,
            "expected a SPIFFE ID or `dns:` and a name, found \(Finding.quoted(text))",
            mend:
                "write `spiffe://cluster.example/ns/finance/sa/gate`, the same with `/**` for all below it, or `dns:name.example`"
        )
        return false
    }

    /// A field name of RFC 9110 section 5.1, in lower case as it is compared.
    func header(_ node: PolicyNode?) -> String? {
        guard let node = reader.present(node), let text = reader.string(node, "`header`") else { return nil }
        let isName = text.utf8.allSatisfy {
            (0x61...0x7A).contains($0 | 0x20) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
        }
        guard isName, text.utf8.count <= 128 else {
            problems.add(
                .policyFileBadValue, node.place, "expected the name of a header, found \(Finding.quoted(text))",
                mend: "write it like `x-webhook-token`")
            return nil
        }
        return text.lowercased()
    }
}
