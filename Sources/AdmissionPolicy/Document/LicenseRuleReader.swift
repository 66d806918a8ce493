import Findings
import SBOM

extension RequirementReader {
    func licenses(_ node: PolicyNode) -> LicenseRule? {
        guard let fields = reader.fields(of: node, .licenseRule) else { return nil }
        let selection = selection(fields)
        let which = reader.word(fields["which"], "`which`", LicenseRule.Which.self)
        let observed = optional(fields["observed"]) { node in
            reader.word(node, "`observed`", LicenseRule.Observed.self)
        }
        let unknown = reader.word(fields["unknown"], "`unknown`", LicenseRule.Unknown.self)
        let deny = optional(fields["deny"]) { licensePatterns($0, "`deny`") }
        let allow = optional(fields["allow"]) { licensePatterns($0, "`allow`") }
        let exceptions = optional(fields["exceptions"]) { node in
            reader.list(node, "`exceptions`") { licenseException($0) }
        }
        guard let selection, let which, let observed, let unknown, let deny, let allow, let exceptions else {
            return nil
        }
        if observed.value == .notDenied, deny.value == nil, let node = fields["observed"] {
            problems.add(
                .policyFileNoEffect, node.place, "expected `deny` beside `observed: not-denied`, found none",
                mend: "write `observed: permitted`, or list under `deny` what must not be seen")
            return nil
        }
        return LicenseRule(
            selection: selection, which: which, observed: observed.value, deny: deny.value ?? [], allow: allow.value,
            unknown: unknown, exceptions: exceptions.value ?? [])
    }

    private func licensePatterns(_ node: PolicyNode?, _ what: String) -> [LicensePattern]? {
        var seen: Set<LicensePattern> = []
        return reader.list(node, what) { item in
            guard let text = reader.string(item, "a licence") else { return nil }
            do throws(LicenseExpressionError) {
                let pattern = try LicensePattern(text)
                return reader.isNew(pattern, item, &seen) ? pattern : nil
            } catch {
                problems.add(
                    .policyFileBadValue, item.place, error.message,
                    mend: "write an identifier of the SPDX list, with `*` for any characters: `GPL-*`")
                return nil
            }
        }
    }

    private func licenseException(_ node: PolicyNode) -> LicenseException? {
        guard let fields = reader.fields(of: node, .licenseException) else { return nil }
        let component = pattern(fields)
        let licenses = licensePatterns(fields["licenses"], "`licenses`")
        guard let component, let licenses else { return nil }
        return LicenseException(component: component, licenses: licenses)
    }
}

extension FieldList {
    static let licenseRule = FieldList(
        name: "`licenses`", required: ["by", "match", "which", "unknown"],
        optional: selection + ["observed", "exceptions"],
        atLeastOneOf: ["deny", "allow"])
    static let licenseException = FieldList(
        name: "an exception", required: ["licenses"], optional: ["versions", "reason"],
        exactlyOneOf: ["package", "name", "supplier"])
}
