import Findings

/// What an expression is made of.
indirect enum RegexNode {
    case scalar(ScalarSet)
    case sequence([RegexNode])
    case alternatives([RegexNode])
    /// Without a largest number: any.
    case repetition(RegexNode, atLeast: Int, atMost: Int?)
}

/// Reads an expression by descent.
struct RegexParser {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var depth = 0

    init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    mutating func whole() throws(RegexError) -> RegexNode {
        let node = try alternatives()
        if let rest = next { throw .unexpected(rest) }
        return node
    }

    private mutating func alternatives() throws(RegexError) -> RegexNode {
        var all = [try sequence()]
        while take("|") { all.append(try sequence()) }
        return all.count == 1 ? all[0] : .alternatives(all)
    }

    private mutating func sequence() throws(RegexError) -> RegexNode {
        var items: [RegexNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            items.append(try repetition(of: try atom()))
        }
        return items.count == 1 ? items[0] : .sequence(items)
    }

    private mutating func repetition(of node: RegexNode) throws(RegexError) -> RegexNode {
        let node: RegexNode =
            if take("*") {
                .repetition(node, atLeast: 0, atMost: nil)
            } else if take("+") {
                .repetition(node, atLeast: 1, atMost: nil)
            } else if take("?") {
                .repetition(node, atLeast: 0, atMost: 1)
            } else if take("{") {
                try counted(node)
            } else {
                node
            }
        return node
    }

    /// `m}`, `m,}` or `m,n}`
    private mutating func counted(_ node: RegexNode) throws(RegexError) -> RegexNode {
        guard let atLeast = number() else { throw .unexpected("{") }
        var atMost: Int? = atLeast
        if take(",") { atMost = next == "}" ? nil : number() ?? -1 }
        guard take("}") else { throw .unclosed("{") }
        guard atMost.map({ $0 >= atLeast }) ?? true else { throw .backwardRange }
        guard max(atLeast, atMost ?? 0) <= BoundedRegex.mostRepetitions else { throw .tooLarge }
        return .repetition(node, atLeast: atLeast, atMost: atMost)
    }

    /// At most nine digits; more are above any limit.
    private mutating func number() -> Int? {
        var number: Int?
        while let scalar = next, ("0"..."9").contains(scalar) {
            number = min((number ?? 0) * 10 + Int(scalar.value - 0x30), 999_999_999)
            position += 1
        }
        return number
    }

    private mutating func atom() throws(RegexError) -> RegexNode {
        guard let scalar = next else { throw .empty }
        position += 1
        switch scalar {
        case "(": return try group()
        case "[": return .scalar(try scalarClass())
        case ".": return .scalar(.any)
        case "\\": return .scalar(try escape())
        case "^", "$": throw .anchor(scalar)
        case "*", "+", "?", "{", "}", "]": throw .unexpected(scalar)
        default: return .scalar(.one(scalar))
        }
    }

    private mutating func group() throws(RegexError) -> RegexNode {
        if take("?"), !take(":") { throw .unsupported("`(?\(next.map { Finding.escaped(String($0)) } ?? "")`") }
        depth += 1
        guard depth <= BoundedRegex.deepest else { throw .tooDeep }
        let node = try alternatives()
        guard take(")") else { throw .unclosed("(") }
        depth -= 1
        return node
    }

    /// `\d` and the like, or a character of punctuation that stands for itself.
    private mutating func escape() throws(RegexError) -> ScalarSet {
        guard let scalar = next else { throw .unclosed("\\") }
        position += 1
        switch scalar {
        case "d": return ScalarSet(ranges: ScalarSet.digits)
        case "w": return ScalarSet(ranges: ScalarSet.word)
        case "s": return ScalarSet(ranges: ScalarSet.space)
        case "D": return ScalarSet(ranges: ScalarSet.digits, isNegated: true)
        case "W": return ScalarSet(ranges: ScalarSet.word, isNegated: true)
        case "S": return ScalarSet(ranges: ScalarSet.space, isNegated: true)
        default:
            // An escaped letter or digit means something in other dialects.
            let isPunctuation =
                (0x21...0x7E).contains(scalar.value)
                && !ScalarSet.word.contains { $0.contains(scalar.value) }
            guard isPunctuation || scalar == "_" else {
                throw .unsupported(Finding.quoted("\\" + String(scalar)))
            }
            return .one(scalar)
        }
    }

    /// What comes after `[`.
    private mutating func scalarClass() throws(RegexError) -> ScalarSet {
        var set = ScalarSet(ranges: [], isNegated: take("^"))
        while let scalar = next, scalar != "]" {
            let from = try classItem()
            // A `-` at either end stands for itself.
            guard from.count == 1, let low = from.first, low.count == 1, next == "-",
                position + 1 < scalars.count, scalars[position + 1] != "]"
            else {
                set.ranges += from
                continue
            }
            position += 1
            let to = try classItem()
            guard to.count == 1, let high = to.first, high.count == 1 else { throw .unexpected("-") }
            guard low.lowerBound <= high.lowerBound else { throw .backwardRange }
            set.ranges.append(low.lowerBound...high.lowerBound)
        }
        guard take("]") else { throw .unclosed("[") }
        guard !set.ranges.isEmpty else { throw .unexpected("]") }
        return set
    }

    private mutating func classItem() throws(RegexError) -> [ClosedRange<UInt32>] {
        guard let scalar = next else { throw .unclosed("[") }
        position += 1
        // `[[:alpha:]]`, `[a&&b]` and the like mean something in other dialects.
        guard scalar != "[", scalar != "&" else { throw .unexpected(scalar) }
        guard scalar == "\\" else { return [scalar.value...scalar.value] }
        let set = try escape()
        guard !set.isNegated else { throw .unsupported("the opposite of a class inside a class") }
        return set.ranges
    }
}

/// Writes the steps of an expression, repetitions written out.
struct RegexCompiler {
    private(set) var program: [BoundedRegex.Instruction] = []
    /// What was visited: empty groups cost work and leave no instruction.
    private var work = 0

    mutating func emit(_ node: RegexNode) throws(RegexError) {
        work += 1
        // One instruction is left for the match at the end.
        guard program.count < BoundedRegex.mostInstructions, work <= 2 * BoundedRegex.mostInstructions else {
            throw .tooLarge
        }
        switch node {
        case .scalar(let set): program.append(.scalar(set))
        case .sequence(let items): for item in items { try emit(item) }
        case .alternatives(let all):
            var ends: [Int] = []
            for (position, item) in all.enumerated() {
                guard position < all.count - 1 else {
                    try emit(item)
                    continue
                }
                let split = reserve()
                try emit(item)
                ends.append(reserve())
                program[split] = .split(split + 1, program.count)
            }
            for end in ends { program[end] = .jump(program.count) }
        case .repetition(let item, let atLeast, let atMost):
            for _ in 0..<atLeast { try emit(item) }
            guard let atMost else {
                let split = reserve()
                try emit(item)
                program.append(.jump(split))
                program[split] = .split(split + 1, program.count)
                return
            }
            var splits: [Int] = []
            for _ in atLeast..<max(atLeast, atMost) {
                splits.append(reserve())
                try emit(item)
            }
            for split in splits { program[split] = .split(split + 1, program.count) }
        }
    }

    private mutating func reserve() -> Int {
        program.append(.match)
        return program.count - 1
    }
}

extension Unicode.Scalar {
    var shown: String { Finding.quoted(String(self)) }
}
