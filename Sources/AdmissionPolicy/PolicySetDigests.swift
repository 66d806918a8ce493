public import Content
import PKI
public import StrictEncoding

extension PolicySet {
    /// Names what was loaded: SHA-256 over the RFC 8785 form of the list, sorted by source and name, of every document's
    /// kind, name, source, and the SHA-256 of the whole file that holds it.
    ///
    /// The whole file, because bytes between documents can change how the next one is read; so a change anywhere in a
    /// file of several documents changes the digest.
    static func digest(
        policies: [AdmissionPolicy], guardrails: [Guardrail], exceptions: [PolicyException]
    ) -> Digest {
        func entry(_ kind: DocumentKind, _ name: PolicyName, _ file: Digest) -> (PolicyName, JSONTree) {
            (
                name,
                [
                    "kind": .string(kind.rawValue), "name": .string(name.name), "source": .string(name.source),
                    "sha256": .string(file.hex),
                ]
            )
        }
        // A name stands for one document, so there is one order.
        let list =
            policies.map { entry(.admissionPolicy, $0.name, $0.fileDigest) }
            + guardrails.map { entry(.guardrail, $0.name, $0.fileDigest) }
            + exceptions.map { entry(.exception, $0.name, $0.fileDigest) }
        return Digest(of: JSONTree.array(list.sorted { $0.0 < $1.0 }.map(\.1)).canonicalBytes())
    }

    /// Names what the policies' words stand for here: SHA-256 over the RFC 8785 form of every signer of every policy
    /// and guardrail with its keys' fingerprints, schemes, validity and holders, the trusted roots, the limits, and the
    /// `insecure…` flags in force, those that rules ask for included.
    ///
    /// Signers are listed policy by policy: two key files that change places leave every policy file as it was.
    public func trustDigest(limits: JSONTree, roots: [JSONTree] = [], insecure: [String] = []) -> Digest {
        let documents =
            (policies.map { ($0.name, $0.signers) } + guardrails.map { ($0.name, $0.signers) }).sorted { $0.0 < $1.0 }
        let signers = documents.flatMap { name, signers in
            signers.flatMap { signer in
                signer.keys.map { key in
                    // What is not said is not written, so that the digest of what was said before stays as it was.
                    let isAlone = key.principal.utf8.elementsEqual(key.key.fingerprint.utf8)
                    return JSONTree(members: [
                        "policy": .string(name.description), "signer": .string(signer.name),
                        "key": .string(key.key.fingerprint),
                        "schemes": JSONTree(strings: key.schemes.map(\.rawValue).sorted()),
                        "validFrom": key.validFrom.map { .string($0.description) },
                        "validUntil": key.validUntil.map { .string($0.description) },
                        "compromisedAt": key.compromisedAt.map { .string($0.description) },
                        "insecureCloudBuildLocation": key.insecureCloudBuildLocation.map { .string($0.value) },
                        "principal": isAlone ? nil : .string(key.principal.value),
                    ])
                }
            }
        }
        let uses = (policies.flatMap(\.insecureUses) + guardrails.flatMap(\.insecureUses)).map(\.description)
        let flags = Set((insecure + uses).map { ExactString($0) }).sorted().map(\.value)
        // Files may hold these keys as well: the same words stand for others when a file changes.
        // Guardrail by guardrail, because each denies in a scope of its own.
        // Certificates are denied by words that the policy digest covers, but for the files of authorities.
        let denied = guardrails.filter { !$0.deniedSigners.keys.isEmpty }.sorted { $0.name < $1.name }.map {
            guardrail in
            JSONTree(members: [
                "guardrail": .string(guardrail.name.description),
                "keys": JSONTree(strings: guardrail.deniedSigners.keys.sorted().map(\.value)),
            ])
        }
        let authorities = documents.flatMap { name, signers in
            signers.compactMap { signer -> JSONTree? in
                guard case .own(let authorities)? = signer.pattern?.trust else { return nil }
                return [
                    "policy": .string(name.description), "signer": .string(signer.name),
                    "authorities": .string(authorities.digest.description),
                ]
            }
        }
        let requirements =
            (policies.map { ($0.name, $0.require) } + guardrails.map { ($0.name, $0.require) }).sorted { $0.0 < $1.0 }
        let lists = requirements.flatMap { name, requirements in
            requirements.flatMap { requirement in
                requirement.rule.leaves.flatMap(\.listFiles).map { file -> JSONTree in
                    ["rule": .string("\(name)#\(requirement.id)"), "list": .string(file.digest.description)]
                }
            }
        }
        let rows = guardrails.flatMap(\.builders).compactMap { row -> JSONTree? in
            guard case .key(let fingerprint) = row.signer else { return nil }
            return ["row": .string(row.name), "key": .string(fingerprint.value)]
        }
        let trust = JSONTree(members: [
            "signers": .array(signers), "limits": limits, "insecure": JSONTree(strings: flags),
            "denied": denied.isEmpty ? nil : .array(denied),
            "authorities": authorities.isEmpty ? nil : .array(authorities),
            "lists": lists.isEmpty ? nil : .array(lists),
            "builders": rows.isEmpty ? nil : .array(rows),
            "trustedRoots": roots.isEmpty ? nil : .array(roots),
        ])
        return Digest(of: trust.canonicalBytes())
    }
}
