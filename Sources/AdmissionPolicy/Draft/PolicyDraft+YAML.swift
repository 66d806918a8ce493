import Findings
import PKI

extension PolicyDraft {
    /// The document as YAML, as ``StrictYAML`` reads it. Texts from outside stand in quotes, and in comments without
    /// control characters, so that nothing but the fields that are named here comes of them.
    package var yaml: String {
        var out = comments.map { "# \(Finding.escaped($0))\n" }.joined()
        out += """
            apiVersion: landwaiter.dev/v1
            kind: AdmissionPolicy
            metadata: {name: \(YAMLText.name(name)), owner: \(YAMLText.name(owner))}
            spec:
              enforcement: {stage: \(stage)}
              scope:
                namespaces: \(YAMLText.list(namespaces))
                images: \(YAMLText.list(images))

            """
        if !signers.isEmpty {
            out += "  signers:\n"
            for signer in signers { out += "    \(YAMLText.name(signer.name)): \(signer.yaml)\n" }
        }
        out += "  require:\n"
        for requirement in require {
            for comment in requirement.comments { out += "    # \(Finding.escaped(comment))\n" }
            out += "    - id: \(YAMLText.name(requirement.id))\n      on: \(requirement.target)\n"
            out += requirement.rule.yaml(indentation: "      ")
        }
        return out
    }
}

extension DraftSigner {
    fileprivate var yaml: String {
        let reference = reference.map { ", reference: \($0.rawValue)" } ?? ""
        if let identity { return "{\(identity.yaml)\(reference)}" }
        var key = "file: \(YAMLText.quoted(file))"
        if let schemes { key += ", schemes: [\(schemes.map(\.rawValue).joined(separator: ", "))]" }
        return "{key: {\(key)}\(reference)}"
    }
}

extension DraftIdentity {
    fileprivate var yaml: String {
        let text =
            switch text {
            case .literal(let text): YAMLText.quoted(text)
            case .regex(let text): "{insecureRegex: \(YAMLText.quoted(text))}"
            }
        let (kind, field) = kind == .uri ? ("uri", "uri") : ("email", "address")
        let root = trustedRoot.map { ", trustedRoot: \(YAMLText.quoted($0))" } ?? ""
        return "\(kind): {\(field): \(text), issuer: \(YAMLText.quoted(issuer))\(root)}"
    }
}

extension DraftRule {
    fileprivate func yaml(indentation i: String) -> String {
        switch self {
        case .signature(let by, let atLeast): return "\(i)signature: {by: \(Self.by(by, atLeast: atLeast))}\n"
        case .image(let image): return "\(i)image: {\(image.yaml)}\n"
        case .provenance(let provenance): return provenance.yaml(indentation: i)
        case .attestation(let by, let type, let conditions):
            var out = "\(i)attestation:\n\(i)  by: \(Self.by(by))\n\(i)  type: \(YAMLText.list([type]))\n"
            out += "\(i)  match: any\n"
            if !conditions.isEmpty { out += "\(i)  where:\n" }
            for condition in conditions { out += "\(i)    - {\(condition.yaml)}\n" }
            return out
        case .anyOf(let alternatives):
            var out = "\(i)anyOf:\n"
            for alternative in alternatives {
                out += "\(i)  - id: \(YAMLText.name(alternative.id))\n"
                if alternative.rules.count == 1 {
                    out += alternative.rules[0].rule.yaml(indentation: i + "    ")
                    continue
                }
                out += "\(i)    allOf:\n"
                for item in alternative.rules {
                    out += "\(i)      - id: \(YAMLText.name(item.id))\n" + item.rule.yaml(indentation: i + "        ")
                }
            }
            return out
        }
    }

    fileprivate static func by(_ signers: [String], atLeast: Int = 1) -> String {
        "{atLeast: \(atLeast), of: [\(signers.map(YAMLText.name).joined(separator: ", "))]}"
    }
}

extension DraftProvenance {
    fileprivate func yaml(indentation i: String) -> String {
        var out = """
            \(i)provenance:
            \(i)  by: \(DraftRule.by(by))
            \(i)  match: any
            \(i)  builder: \(YAMLText.list(builder))

            """
        if let buildType { out += "\(i)  buildType: \(YAMLText.list(buildType))\n" }
        out += "\(i)  source: {repository: \(YAMLText.list(repository)), ref: \(YAMLText.list(ref))}\n"
        if !externalParameters.isEmpty { out += "\(i)  externalParameters:\n" }
        for parameter in externalParameters {
            out += "\(i)    - {name: \(YAMLText.quoted(parameter.name)), values: \(YAMLText.list(parameter.values))}\n"
        }
        return out
    }
}

extension DraftCondition {
    fileprivate var yaml: String {
        let value =
            switch value {
            case .text(let text): YAMLText.quoted(text)
            case .bool(let bool): bool ? "true" : "false"
            }
        return "field: \(YAMLText.list(field)), equals: \(value)"
    }
}

extension DraftImage {
    fileprivate var yaml: String {
        [names.map { "name: \($0.yaml)" }, tags.map { "tag: \($0.yaml)" }].compactMap { $0 }.joined(separator: ", ")
    }
}

extension DraftImage.Text {
    fileprivate var yaml: String {
        switch self {
        case .oneOf(let values): "{in: \(YAMLText.list(values))}"
        case .glob(let patterns): "{glob: \(YAMLText.list(patterns))}"
        }
    }
}

/// Scalars that mean what they say.
package enum YAMLText {
    /// A double-quoted scalar (YAML 1.2.2 section 7.3.1).
    package static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case _ where StrictYAML.isForbidden(scalar) || scalar == "\n" || scalar == "\r" || scalar == "\t":
                let digits = String(scalar.value, radix: 16)
                out += "\\U" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    package static func list(_ texts: [String]) -> String { "[\(texts.map(quoted).joined(separator: ", "))]" }

    /// Plain where no reader could take it for anything but a string.
    package static func name(_ text: String) -> String {
        let isPlain =
            text.utf8.first.map { (0x61...0x7A).contains($0) } == true
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
            && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text)
        return isPlain ? text : quoted(text)
    }
}
