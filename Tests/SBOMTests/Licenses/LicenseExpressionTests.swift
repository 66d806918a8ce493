import SBOM
import StrictEncoding
import Testing

struct LicenseExpressionTests {
    /// Nesting that changes nothing is kept as well: what is written is read as it was.
    @Test(arguments: [
        "MIT OR (ISC AND Zlib OR 0BSD)", "MIT AND (ISC AND Zlib)", "MIT OR (ISC OR Zlib)", "(MIT OR ISC) AND Zlib",
        "MIT AND (ISC OR Zlib AND (0BSD AND NCSA))", "MIT OR ISC AND Zlib",
    ])
    func isReadAsItWasWritten(_ text: String) throws {
        let expression = try LicenseExpression(text)
        #expect(try LicenseExpression(expression.description) == expression)
    }

    @Test(arguments: [
        ("mit", "MIT"), ("MIT or apache-2.0", "MIT OR Apache-2.0"),
        ("MIT AND (GPL-2.0 OR bsd-3-clause)", "MIT AND (GPL-2.0-only OR BSD-3-Clause)"),
        ("(MIT)", "MIT"), ("((MIT AND ISC))", "MIT AND ISC"), ("MIT OR ISC AND Zlib", "MIT OR ISC AND Zlib"),
        ("(MIT OR ISC) AND Zlib", "(MIT OR ISC) AND Zlib"), ("MIT OR (ISC AND Zlib)", "MIT OR ISC AND Zlib"),
        ("GPL-2.0", "GPL-2.0-only"), ("GPL-2.0+", "GPL-2.0-or-later"), ("gpl-3.0-only+", "GPL-3.0-or-later"),
        ("AGPL-3.0+", "AGPL-3.0-or-later"), ("LGPL-2.1-or-later+", "LGPL-2.1-or-later"), ("Apache-2.0+", "Apache-2.0+"),
        ("GPL-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("wxWindows", "LGPL-2.0-or-later WITH WxWindows-exception-3.1"), ("StandardML-NJ", "SMLNJ"),
        ("apache-2.0 with llvm-exception", "Apache-2.0 WITH LLVM-exception"),
        ("licenseref-Own", "LicenseRef-Own"), ("documentref-a:licenseref-b", "DocumentRef-a:LicenseRef-b"),
        ("MIT WITH AdditionRef-x", "MIT WITH AdditionRef-x"),
        ("MIT WITH DocumentRef-d:AdditionRef-x", "MIT WITH DocumentRef-d:AdditionRef-x"),
        ("Future-Licence-9.0", "Future-Licence-9.0"), ("none", "NONE"), ("NOASSERTION", "NOASSERTION"),
        ("MIT\n\tAND ISC", "MIT AND ISC"),
    ])
    func readsAndWrites(_ text: String, _ expected: String) throws {
        let expression = try LicenseExpression(text)
        #expect(expression.description == expected)
        #expect(try LicenseExpression(expression.description) == expression)
    }

    @Test(
        arguments: [
            ("", .missingLicense), ("  ", .missingLicense), ("AND", .missingLicense), ("MIT AND", .missingLicense),
            ("OR MIT", .missingLicense),
            ("MIT OR OR ISC", .missingLicense), ("MIT WITH", .missingLicense), ("()", .missingLicense),
            ("MIT ISC", .unexpected("ISC")),
            ("MIT (ISC)", .unexpected("(")), ("(MIT ISC)", .unexpected("ISC")), ("(MIT", .parenthesis),
            ("MIT)", .parenthesis),
            ("Apache License, Version 2.0", .unexpected("License,")), ("MIT,ISC", .identifier("MIT,ISC")),
            ("+", .identifier("+")),
            ("LicenseRef-", .missingLicense), ("LicenseRef-a+", .identifier("LicenseRef-a+")),
            ("Foo:LicenseRef-a", .identifier("Foo:LicenseRef-a")),
            ("a:b:LicenseRef-a", .identifier("a:b:LicenseRef-a")), ("MIT WITH a,b", .identifier("a,b")),
            ("MIT WITH GPL-2.0+", .identifier("GPL-2.0+")),
            ("MIT WITH (x)", .missingLicense),
            ("(MIT OR ISC) WITH LLVM-exception", .exceptionOfCompound), ("MIT WITH a WITH b", .exceptionOfCompound),
            ("eCos-2.0 WITH LLVM-exception", .identifier("LLVM-exception")),
            ("MIT AND NONE", .partOfExpression("NONE")),
            ("(NOASSERTION)", .partOfExpression("NOASSERTION")), ("Caf\u{E9}", .identifier("Caf\u{E9}")),
        ] as [(String, LicenseExpressionError)])
    func refusesWhatIsNone(_ text: String, _ error: LicenseExpressionError) {
        // An empty name behind a prefix reads as an identifier that nobody lists.
        guard text != "LicenseRef-" else {
            #expect((try? LicenseExpression(text))?.terms.first?.isListed == false)
            return
        }
        #expect(throws: error) { try LicenseExpression(text) }
        #expect(!error.message.isEmpty)
    }

    @Test func depthAndLengthHaveLimits() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "(", count: depth) + "MIT" + String(repeating: ")", count: depth)
        }
        #expect(try LicenseExpression(nested(LicenseExpression.deepest)).description == "MIT")
        #expect(throws: LicenseExpressionError.tooDeep) { try LicenseExpression(nested(LicenseExpression.deepest + 1)) }
        #expect(throws: LicenseExpressionError.tooDeep) { try LicenseExpression(String(repeating: "(", count: 60_000)) }
        let long = String(repeating: "MIT AND ", count: 8_191) + "MIT AND"
        #expect(throws: LicenseExpressionError.tooLong(long.utf8.count + 10)) {
            try LicenseExpression(long + " Apache-2.")
        }
    }

    @Test func saysWhatIsListedAndWhatIsNot() throws {
        let terms = try LicenseExpression("MIT AND Net-SNMP AND Foo AND LicenseRef-x AND Apache-2.0 WITH Foo-exception")
            .terms
        #expect(terms.map(\.isListed) == [true, true, false, false, false])
        #expect(terms.map(\.isDeprecated) == [false, true, false, false, false])
        #expect(terms.map(\.isReference) == [false, false, false, true, false])
        #expect(try LicenseExpression("NOASSERTION").terms.isEmpty)
        #expect(
            SPDXLicenseList.license("mit") == .some(SPDXLicenseList.license("MIT"))
                && SPDXLicenseList.version.hasPrefix("3."))
        #expect(
            SPDXLicenseList.exception("nokia-qt-exception-1.1")?.isDeprecated == true
                && SPDXLicenseList.license("x") == nil)
    }

    @Test(arguments: [
        ("B AND A", "A AND B"), ("MIT OR (MIT OR ISC)", "ISC OR MIT"), ("MIT AND MIT", "MIT"),
        ("(A OR B) AND (B OR A)", "A OR B"),
        ("LicenseRef-X OR licenseref-x", "LicenseRef-X"), ("GPL-2.0+ OR GPL-2.0-or-later", "GPL-2.0-or-later"),
        ("A AND (B AND (C OR (D OR A)))", "A AND (A OR C OR D) AND B"),
    ])
    func equalChoicesHaveOneNormalForm(_ text: String, _ expected: String) throws {
        let normalized = try LicenseExpression(text).normalized
        #expect(normalized.description == expected)
        #expect(normalized.normalized == normalized)
    }

    /// Two to the power of thirty combinations, if they were written out.
    @Test func nothingIsMultipliedOut() throws {
        let text = (0..<3_000).map { "(A\($0) OR B\($0))" }.joined(separator: " AND ")
        let expression = try LicenseExpression(text)
        #expect(expression.judge { $0.identifier.hasPrefix("A") ? .allowed : .denied } == .allowed)
        #expect(expression.judge { $0.identifier == "A77" || $0.identifier == "B77" ? .denied : .allowed } == .denied)
        #expect(expression.normalized.terms.count == 6_000)
    }

    @Test func normalFormKeepsTheJudgement() throws {
        var random = LawGenerator(seed: 17)
        let names = ["MIT", "ISC", "Zlib", "GPL-2.0+", "LicenseRef-a", "Apache-2.0 WITH LLVM-exception"]
        func text(_ depth: Int) -> String {
            if depth == 0 || Int.random(in: 0..<3, using: &random) == 0 { return random.pick(names) }
            let sign = random.pick([" AND ", " OR ", " and "])
            return "("
                + (0..<Int.random(in: 1...3, using: &random)).map { _ in text(depth - 1) }.joined(separator: sign) + ")"
        }
        for _ in 0..<500 {
            let expression = try LicenseExpression(text(4))
            let verdicts = Dictionary(
                uniqueKeysWithValues: Set(expression.terms).map {
                    ($0, random.pick([LicenseJudgement.denied, .unknown, .allowed]))
                })
            let judge = { (term: LicenseTerm) in verdicts[term] ?? .denied }
            #expect(expression.normalized.judge(judge) == expression.judge(judge))
            #expect(try LicenseExpression(expression.description).judge(judge) == expression.judge(judge))
        }
    }

    @Test func survivesMutations() {
        var random = LawGenerator(seed: 23)
        let seed = Array(
            "(GPL-2.0+ WITH Classpath-exception-2.0 OR LicenseRef-a) AND DocumentRef-b:LicenseRef-c OR MIT".utf8)
        for _ in 0..<5_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: at)
                default: bytes.insert(random.pick(Array("()+: -.OR".utf8)), at: at)
                }
            }
            guard let expression = try? LicenseExpression(String(decoding: bytes, as: UTF8.self)) else { continue }
            #expect((try? LicenseExpression(expression.description)) == expression)
        }
    }
}

struct LicenseRulesTests {
    private func rules(_ allowed: [String]?, _ denied: [String]) throws -> LicenseRules {
        try LicenseRules(
            allowed: allowed?.map { try LicensePattern($0) }, denied: denied.map { try LicensePattern($0) })
    }

    @Test(
        arguments: [
            ("GPL-3.0-only OR MIT", ["MIT"], ["GPL-*"], .allowed),
            ("GPL-3.0-only AND MIT", ["MIT"], ["GPL-*"], .denied),
            ("GPL-3.0-only", ["MIT"], [], .unknown), ("MIT", nil, [], .allowed), ("MIT", [], [], .unknown),
            ("MIT", ["MIT"], ["mit"], .denied),
            ("Foo", nil, [], .unknown), ("LicenseRef-a", nil, [], .unknown),
            ("LicenseRef-a", ["LicenseRef-*"], [], .allowed),
            ("licenseref-A", nil, ["LicenseRef-a"], .denied), ("Foo", ["foo"], [], .allowed),
            ("Foo AND MIT", nil, ["Foo"], .denied),
            ("Foo OR MIT", nil, [], .allowed), ("Foo AND MIT", nil, [], .unknown), ("NONE", nil, [], .unknown),
            ("NOASSERTION", ["*"], [], .unknown),
            // A version and later ones are a choice.
            ("GPL-2.0-or-later", ["GPL-3.0-only"], [], .allowed), ("GPL-2.0+", nil, ["GPL-2.0-only"], .allowed),
            ("GPL-2.0-or-later", nil, ["GPL-2.0-or-later"], .denied),
            ("GPL-3.0-only", nil, ["GPL-2.0-or-later"], .denied),
            ("GPL-2.0-only", nil, ["GPL-3.0-or-later"], .allowed), ("GPL-2.0-only", ["GPL-3.0-or-later"], [], .unknown),
            ("GPL-1.0-or-later", nil, ["GPL-1.0", "GPL-2.0", "GPL-3.0"], .denied), ("GPL-2.0", nil, ["GPL-*"], .denied),
            ("GPL-2.0-or-later", nil, ["GPL-2.0*"], .allowed), ("LGPL-2.1-only", nil, ["GPL-*"], .allowed),
            ("LGPL-2.1-only", nil, ["*GPL-*"], .denied),
            ("Apache-2.0+", ["Apache-2.0"], [], .allowed), ("MPL-1.1+", ["MPL-2.0"], [], .allowed),
            ("MPL-1.1", ["MPL-2.0"], [], .unknown),
            ("GPL-2.0-only", nil, ["*-only"], .denied),
            // Debian's names, which are not listed.
            ("GPL-2", nil, ["GPL-2.0-only"], .denied), ("GPL-2+", ["GPL-3.0-only"], [], .allowed),
            ("GPL-2", nil, ["GPL-*"], .denied),
            ("GPL-2", nil, [], .unknown), ("Apache-2", ["Apache-2.0"], [], .allowed),
            ("GPL-9", nil, ["GPL-1.0-or-later"], .denied),
            ("GPL-9", ["GPL-1.0-or-later"], [], .allowed), ("GPL-9", nil, ["GPL-3.0-only"], .unknown),
            ("LGPL-9", nil, ["GPL-1.0-or-later"], .unknown),
            // An exception is part of what is permitted, and no escape from what is denied.
            ("GPL-2.0-only WITH Classpath-exception-2.0", ["GPL-2.0-only"], [], .unknown),
            ("GPL-2.0-only WITH Classpath-exception-2.0", ["GPL-2.0-only WITH Classpath-exception-2.0"], [], .allowed),
            ("GPL-2.0-with-classpath-exception", ["GPL-2.0-only WITH *"], [], .allowed),
            ("GPL-2.0-only", ["GPL-2.0-only WITH *"], [], .allowed),
            ("GPL-2.0-only", ["GPL-2.0-only WITH Classpath-*"], [], .unknown),
            ("GPL-2.0-only WITH Classpath-exception-2.0", ["GPL-2.0-only WITH *"], ["GPL-2.0-only"], .denied),
            ("Apache-2.0 WITH LLVM-exception", nil, ["Apache-2.0 WITH LLVM-exception"], .denied),
            ("Apache-2.0", nil, ["Apache-2.0 WITH LLVM-exception"], .allowed),
            ("Apache-2.0 WITH Foo", nil, [], .unknown),
        ] as [(String, [String]?, [String], LicenseJudgement)])
    func judgesAsTheRulesSay(_ text: String, _ allowed: [String]?, _ denied: [String], _ expected: LicenseJudgement)
        throws
    {
        #expect(try rules(allowed, denied).judge(LicenseExpression(text)) == expected)
    }

    @Test(arguments: [
        "", "MIT OR ISC", "MIT WITH", "a,b", "eCos-2.0", "MIT WITH a,b", "*****************", "MIT and x y",
    ])
    func refusesWhatIsNoPattern(_ text: String) {
        #expect(throws: LicenseExpressionError.self) { try LicensePattern(text) }
    }

    @Test func refusesALongPattern() {
        #expect(throws: LicenseExpressionError.tooLong(513)) { try LicensePattern(String(repeating: "a", count: 513)) }
    }
}

/// The licence list of the kit is newer than the embedded one: identifiers may be missing here, but none may differ.
@Suite(.enabled(if: KitSheet.isPresent, KitSheet.absence))
struct LicenseListKitTests {
    @Test func everyListedIdentifierIsRead() throws {
        let licenses = try KitSheet.json("license-expression/spdx-license-list/spdx_licenses.json")["licenses"]?.array
        let exceptions = try KitSheet.json("license-expression/spdx-license-list/spdx_exceptions.json")["exceptions"]?
            .array
        var unlisted = 0
        for license in try #require(licenses) {
            let identifier = license["licenseId"]?.string ?? ""
            let isDeprecated = license["isDeprecatedLicenseId"]?.bool
            let entry = SPDXLicenseList.license(identifier.uppercased())
            if entry == nil { unlisted += 1 }
            #expect(
                entry == nil || entry?.identifier == identifier && entry?.isDeprecated == isDeprecated, "\(identifier)")
            let found = try LicenseExpression(identifier.lowercased())
            if isDeprecated == false, entry != nil { #expect(found.description == identifier) }
            #expect(found.terms.count == 1 && found.terms[0].isListed == (entry != nil), "\(identifier)")
        }
        #expect(licenses?.count == 727 && unlisted == 28)
        for exception in try #require(exceptions) {
            let identifier = exception["licenseExceptionId"]?.string ?? ""
            let term = try LicenseExpression("MIT WITH " + identifier.uppercased()).terms.first
            if SPDXLicenseList.exception(identifier) != nil {
                #expect(term?.exception == identifier && term?.isListed == true)
            }
        }
    }

    /// Names that other tools gave licences: whatever is no expression is refused, nothing else.
    @Test func namesOfOtherToolsAreReadOrRefused() throws {
        var references = 0
        for entry in try #require(KitSheet.json("license-expression/data/test_license_key_index.json").array) {
            let key = entry["spdx_license_key"]?.string ?? ""
            guard !key.isEmpty else { continue }
            let isException = entry["is_exception"]?.bool == true
            if isException { continue }
            let term = try #require(LicenseExpression(key).terms.first, "\(key)")
            if term.isReference { references += 1 }
        }
        #expect(references == 2)
    }
}
