import Content
import Findings
import OCI
import StrictEncoding

/// What became of one condition.
private enum ConditionResult {
    /// Holds; says what was found.
    case holds(String)
    case differs(Finding)
    /// What the condition is about is not known.
    case unknown(Finding)
}

extension RuleJudge {
    /// Whether every condition holds, those on the configuration for every runnable child.
    func image(_ conditions: ImageConditions, _ subject: RuleSubject) -> Judgement {
        var held: Set<ExactString> = []
        var findings: [Finding] = []
        for result in onRequest(conditions, subject) + subject.children.flatMap({ onChild(conditions, $0) }) {
            switch result {
            case .holds(let what): held.insert(ExactString(what))
            case .differs(let finding), .unknown(let finding): findings.append(finding)
            }
        }
        if let first = findings.first { return .misses(first, Array(findings.dropFirst())) }
        guard !held.isEmpty else {
            // Not reached: a loaded rule has a condition, and a subject a child.
            return .misses(finding(.ruleNoPlatforms, "nothing was judged", subject))
        }
        return .holds(Self.enumerated(held.sorted().map(\.value)))
    }

    /// Whether the image is to be denied: if every condition holds, for the request and for any one child, or if any
    /// can't be judged.
    func denial(_ conditions: ImageConditions, _ subject: RuleSubject) -> Judgement {
        let request = onRequest(conditions, subject)
        let children = subject.children.map { (child: $0, results: onChild(conditions, $0)) }
        let unknown = (request + children.flatMap(\.results)).compactMap { result -> Finding? in
            if case .unknown(let finding) = result { finding } else { nil }
        }
        if !unknown.isEmpty { return denyError(unknown, subject) }
        var denied: [Finding] = []
        for (child, results) in children {
            var held: [String] = []
            for case .holds(let what) in request + results { held.append(what) }
            guard held.count == request.count + results.count else { continue }
            var finding = finding(.policyDenied, "denied: " + Self.enumerated(held), subject)
            if conditions.needsConfiguration { finding.platform = child.platform?.description }
            denied.append(finding)
        }
        if let first = denied.first { return .misses(first, Array(denied.dropFirst())) }
        return .holds("not denied")
    }

    /// A denial that can't be judged denies.
    func denyError(_ causes: [Finding], _ subject: RuleSubject?) -> Judgement {
        let why = causes.min()?.message ?? "nothing is known"
        return .misses(finding(.policyDenyError, "whether the denial applies is not known: \(why)", subject), causes)
    }
}

// MARK: The request

extension RuleJudge {
    /// Conditions on the name under which the image is to run.
    private func onRequest(_ conditions: ImageConditions, _ subject: RuleSubject) -> [ConditionResult] {
        var results: [ConditionResult] = []
        let reference = document.request.reference
        if let name = conditions.name {
            if let found = reference?.name {
                results.append(compare("name", found, name, .imageRuleNameDiffers, subject.platform))
            } else {
                results.append(
                    .unknown(finding(.requestNameRequired, "the request does not state the image's name", subject)))
            }
        }
        if let tag = conditions.tag {
            // An image that is named without tag and digest is run as `latest`.
            if let found = reference?.effectiveTag {
                results.append(compare("tag", found, tag, .imageRuleTagDiffers, subject.platform))
            } else if reference == nil {
                results.append(
                    .unknown(finding(.requestNameRequired, "the request does not state the image's name", subject)))
            } else {
                results.append(
                    .unknown(
                        finding(.requestTagRequired, "the request names the image by digest, without a tag", subject)))
            }
        }
        return results
    }

    private func compare(
        _ what: String, _ found: String, _ condition: TextCondition, _ code: ReasonCode, _ platform: String?
    ) -> ConditionResult {
        if condition.holds(for: found) { return .holds("\(what) is \(Finding.quoted(found))") }
        let expected = Self.listed(condition.values)
        var finding = finding(
            code, "\(what) is \(Finding.quoted(found)), expected \(expected)", nil, expected: expected,
            found: Finding.quoted(found), mend: "\(code.mend): \(expected)")
        finding.platform = platform
        return .differs(finding)
    }
}

// MARK: The configuration

extension RuleJudge {
    private func onChild(_ conditions: ImageConditions, _ child: PlatformFacts) -> [ConditionResult] {
        guard conditions.needsConfiguration else { return [] }
        guard !document.image.isArtifact else {
            return [.unknown(notAnImage("a rule on labels, user or platforms", nil))]
        }
        let platform = child.platform?.description
        func finding(_ code: ReasonCode, _ message: String, _ expected: String? = nil, _ found: String? = nil)
            -> Finding
        {
            var finding = self.finding(code, message, nil, expected: expected, found: found)
            finding.platform = platform
            return finding
        }
        let configuration: ImageConfiguration
        switch child.configuration {
        case nil: return [.unknown(finding(.evidenceConfigurationUnread, "the image configuration was not read"))]
        case .failure(let unread): return [.unknown(self.unread(unread, platform))]
        case .success(let read): configuration = read
        }
        var results: [ConditionResult] = []
        for label in conditions.labels {
            let what = "label \(Finding.quoted(label.key))"
            if let value = configuration.labels[label.key] {
                results.append(compare(what, value, label.value, .imageRuleLabelDiffers, platform))
            } else {
                results.append(
                    .differs(
                        finding(
                            .imageRuleLabelMissing, "the image has no \(what)", Self.listed(label.value.values), "none")
                    ))
            }
        }
        switch conditions.user {
        case nil: break
        case .text(let condition):
            results.append(compare("user", configuration.user, condition, .imageRuleUserDiffers, platform))
        case .nonRoot:
            switch ImageUser(configuration.user) {
            case .number: results.append(.holds("user is \(Finding.quoted(configuration.user))"))
            case .root:
                results.append(
                    .differs(
                        finding(
                            .imageRuleUserIsRoot, "user is \(Finding.quoted(configuration.user)), which is root",
                            "a number above 0", Finding.quoted(configuration.user))))
            case .name:
                results.append(
                    .unknown(
                        finding(
                            .imageRuleUserNotNumeric,
                            "user is \(Finding.quoted(configuration.user)), which may be root by another name",
                            "a number above 0", Finding.quoted(configuration.user))))
            }
        }
        if let platforms = conditions.platforms {
            let found = configuration.platform
            let expected = Self.listed(platforms.map(\.description))
            if found.isUnknown || found.os.isEmpty || found.architecture.isEmpty {
                results.append(
                    .unknown(finding(.imageRulePlatformUnknown, "the image does not say its platform", expected)))
            } else if platforms.contains(where: { found.isOne(of: $0) }) {
                results.append(.holds("platform is \(Finding.quoted(found.description))"))
            } else {
                results.append(
                    .differs(
                        finding(
                            .imageRulePlatformDiffers,
                            "platform is \(Finding.quoted(found.description)), expected \(expected)", expected,
                            Finding.quoted(found.description))))
            }
        }
        return results
    }
}

/// What `config.User` (image-spec "Image Configuration") comes to when a runtime reads it.
enum ImageUser {
    case root
    /// A user number from 1.
    case number
    /// Looked up in the image's `/etc/passwd`, where it may be root.
    case name

    /// Reads `user[:group]`. Runtimes read any decimal number, so `00` is root too.
    init(_ text: String) {
        let user = text.utf8.prefix { $0 != UInt8(ascii: ":") }
        guard !user.isEmpty, !user.elementsEqual("root".utf8) else {
            self = .root
            return
        }
        guard user.allSatisfy({ (0x30...0x39).contains($0) }) else {
            self = .name
            return
        }
        let digits = user.drop { $0 == 0x30 }
        // Beyond 2^31 - 1 runtimes look the text up as a name (runc, "libcontainer/user").
        let number = digits.count <= 10 ? Int(String(Substring(digits))) : nil
        self = digits.isEmpty ? .root : (number ?? .max) <= 0x7FFF_FFFF ? .number : .name
    }
}
