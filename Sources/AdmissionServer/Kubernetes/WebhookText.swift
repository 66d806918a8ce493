import Findings
import Kubernetes
import StrictEncoding

/// What people read of a webhook's answer: the message of a denial, warnings, and who is told to run an image.
///
/// Everything that stands in an object is an attacker's: quoted, control and format characters escaped, cut to a length.
enum WebhookText {
    /// Of a denial's message, bytes. `kubectl` prints it as it is, and events hold 1 024 bytes of it: the first lines
    /// have to tell most.
    static let longestMessage = 8_192
    /// Of what a message says of one image, bytes.
    private static let longestLine = 640
    /// Images that a message tells about one by one.
    static let mostToldImages = 8
    /// Of one warning, bytes: API servers may cut what is longer (`AdmissionResponse.warnings`).
    static let longestWarning = 256
    /// Of all warnings, bytes: API servers drop what exceeds 4 096 over all webhooks of a request.
    static let longestWarnings = 2_048
    /// Causes of a denial's status.
    static let mostCauses = 32

    // MARK: Denials

    /// Namespace, workload, container, image, code, closest miss and mend.
    static func denial(_ blocked: [ImageRuling], of all: Int, _ object: KubernetesObject, namespace: String?) -> String
    {
        let place = namespace.map { "namespace \(Finding.quoted($0, limit: 63))" } ?? "a request without a namespace"
        var lines = [
            "\(blocked.count) of \(all) \(all == 1 ? "image" : "images") of \(workload(object)) "
                + "\(blocked.count == 1 ? "is" : "are") not admitted to \(place)"
        ]
        // Images that are kept out for the same reason are told together.
        let told = blocked.prefix(mostToldImages)
        var groups: [(why: [String], rulings: [ImageRuling])] = []
        for ruling in told {
            let why = explanation(ruling.decision.headline)
            if let known = groups.firstIndex(where: { $0.why == why }) {
                groups[known].rulings.append(ruling)
            } else {
                groups.append((why, [ruling]))
            }
        }
        for group in groups {
            for ruling in group.rulings {
                let verdict = ruling.decision.id.map { ", verdict \($0)" } ?? ""
                lines.append("- \(Finding.quoted(ruling.image)) (\(containers(ruling.uses)))\(verdict)")
            }
            lines += group.why.map { "  " + cut($0, to: longestLine) }
        }
        if blocked.count > told.count { lines.append("and \(blocked.count - told.count) more images") }
        return cut(lines.joined(separator: "\n"), to: longestMessage)
    }

    /// About an object that could not be read.
    static func denial(_ finding: Finding, _ review: AdmissionReview) -> String {
        let place = review.namespace.map { " in namespace \(Finding.quoted($0, limit: 63))" } ?? ""
        let lines =
            ["the images of this \(Finding.quoted(review.kind.name, limit: 63))\(place) can't be judged"]
            + explanation(finding).map { "  " + $0 }
        return cut(lines.joined(separator: "\n"), to: longestMessage)
    }

    /// The code and what is the case, then the closest miss where the message doesn't hold it, then the mend.
    private static func explanation(_ finding: Finding?) -> [String] {
        guard let finding else { return [] }
        var lines = ["\(finding.code.name): \(Finding.escaped(finding.message))"]
        if let rule = finding.rule { lines.append("rule: \(Finding.escaped(rule))") }
        let miss = [("expected", finding.expected), ("found", finding.found)].compactMap { label, text in
            text.flatMap { holds(finding.message, $0) ? nil : "\(label): \(Finding.escaped($0))" }
        }
        lines += miss
        lines.append("mend: \(Finding.escaped(finding.mend))")
        return lines
    }

    private static func holds(_ text: String, _ part: String) -> Bool {
        let text = Array(text.utf8)
        let part = Array(part.utf8)
        guard part.count <= text.count, part.count <= longestLine else { return false }
        return (0...(text.count - part.count)).contains { text[$0..<($0 + part.count)].elementsEqual(part) }
    }

    // MARK: Warnings

    /// About images that a policy would keep out if it were enforced here.
    static func warnings(_ rulings: [ImageRuling], _ object: KubernetesObject) -> [String] {
        var warnings: [String] = []
        var bytes = 0
        for (position, ruling) in rulings.enumerated() {
            guard let headline = ruling.decision.headline else { continue }
            let text = cut(
                "\(Finding.quoted(ruling.image, limit: 96)) (\(containers(ruling.uses, most: 1))) would not be admitted: "
                    + "\(headline.code.name): \(Finding.escaped(headline.message))", to: longestWarning)
            guard bytes + text.utf8.count <= longestWarnings - longestWarning else {
                warnings.append("\(rulings.count - position) more images would not be admitted")
                break
            }
            bytes += text.utf8.count
            warnings.append(text)
        }
        return warnings
    }

    // MARK: Names

    /// For the record: `Deployment finance/ledger, container app, asked by alice`.
    static func user(
        _ change: RequestedChange.AddedImages, _ uses: [RunImage], _ review: AdmissionReview
    ) -> String {
        // Said anew for each image: what a name has beyond the whole text is left out before anything is made of it.
        let kind = cut(change.object.kind, to: longestUser)
        let name = cut(review.name ?? change.object.name ?? "without a name", to: longestUser)
        let place = review.namespace.map { $0 + "/" } ?? ""
        let asked = review.username.map { ", asked by \($0)" } ?? ""
        return cut(
            Finding.escaped("\(kind) \(place)\(name), \(plainContainers(uses, most: 4))\(asked)"), to: longestUser)
    }

    /// Of who is told to run an image, bytes.
    private static let longestUser = 1_024

    /// The same of an object whose containers can't be told.
    static func user(_ review: AdmissionReview) -> String {
        let place = review.namespace.map { $0 + "/" } ?? ""
        let asked = review.username.map { ", asked by \($0)" } ?? ""
        return cut(
            Finding.escaped("\(review.kind.name) \(place)\(review.name ?? "without a name")\(asked)"),
            to: longestUser)
    }

    /// ``Deployment `ledger` ``
    private static func workload(_ object: KubernetesObject) -> String {
        let name = object.name.map { " " + Finding.quoted($0, limit: 253) } ?? " without a name"
        return cut(Finding.escaped(object.kind), to: 63) + name
    }

    /// ``container `app`, init container `migrate` ``
    private static func containers(_ uses: [RunImage], most: Int = 4) -> String {
        listed(uses, most: most) { Finding.quoted($0, limit: 63) }
    }

    private static func plainContainers(_ uses: [RunImage], most: Int) -> String {
        listed(uses, most: most) { cut($0, to: longestUser) }
    }

    private static func listed(_ uses: [RunImage], most: Int, name: (String) -> String) -> String {
        let told = uses.prefix(most).map { use in
            "\(use.role.name) " + ((use.name ?? (use.role == .field ? use.pointer : nil)).map(name) ?? "without a name")
        }
        return told.joined(separator: ", ") + (uses.count > most ? " and \(uses.count - most) more" : "")
    }

    /// `spec.containers[0].image`, as `StatusCause.field` has it.
    static func field(_ pointer: String) -> String {
        var field = ""
        for step in pointer.utf8.split(separator: UInt8(ascii: "/")) {
            let isIndex = step.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            field += isIndex ? "[\(Substring(step))]" : (field.isEmpty ? "" : ".") + String(Substring(step))
        }
        return cut(Finding.escaped(field), to: 512)
    }

    /// No more than so many bytes, `…` among them where something was left out.
    static func cut(_ text: String, to bytes: Int) -> String {
        guard text.utf8.count > bytes else { return text }
        let mark = "…"
        var kept = String.UnicodeScalarView()
        var count = mark.utf8.count
        for scalar in text.unicodeScalars {
            count += UTF8.width(scalar)
            guard count <= bytes else { break }
            kept.append(scalar)
        }
        return String(kept) + mark
    }
}
