/// The fields of guardrails and exceptions, see ``FieldList``.
extension FieldList {
    static let guardrailSpec = FieldList(
        name: "`spec`", required: ["scope"], optional: ["signers", "enforcement"],
        atLeastOneOf: [
            "require", "deny", "delegate", "exceptions", "breakGlass", "insecure", "withoutPolicy", "builders",
        ])
    static let delegation = FieldList(name: "a delegation", required: ["team", "namespaces", "lowestStage"])
    static let exceptionCap = FieldList(
        name: "`exceptions`", required: ["from", "mayWaive", "longest"], optional: ["require"])
    static let waivable = FieldList(name: "a rule by name", required: ["policy", "rule"])
    static let breakGlassCap = FieldList(name: "`breakGlass`", required: ["approvers", "longest"])
    static let insecureCap = FieldList(name: "`insecure`", required: ["permit"])

    static let exceptionMetadata = FieldList(name: "`metadata`", required: ["name"], optional: ["owner"])
    static let exceptionSpec = FieldList(
        name: "`spec`", required: ["waives", "scope", "from", "expires"], optional: ["reason", "ticket"])
}
