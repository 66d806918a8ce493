extension VersionRange {
    /// Reads a range in the notation of its ecosystem: `^1.2.3 || >=2.0.1`, `[1.0,2.0)`, `~> 2.2, != 2.2.1`.
    ///
    /// - npm, Cargo and Conan: comparators, `^`, `~`, `x`, hyphen ranges, `||`, as node-semver, the Cargo book and Conan
    ///   document them. Composer likewise, its `~` being that of RubyGems.
    /// - PyPI: version specifiers with `,`, among them `~=` and `==1.*`. RubyGems: `~>`.
    /// - Maven and NuGet: brackets. nginx: the notation of its security advisories. OpenSSL: a list of versions.
    /// - Everything else: comparators with `,` or space for "and", `||` for "or". A bare version means itself.
    ///
    /// Overlapping alternatives are joined, so that the result obeys clause 5.4. VERS has no rule of its own for
    /// pre-releases as npm and PyPI have; a bound says what its order says.
    ///
    /// - Throws: ``VersionRangeError``: `.native` if it is no such range, `.empty` if it contradicts itself.
    public init(native text: String, scheme: VersionScheme) throws(VersionRangeError) {
        guard text.utf8.count <= Self.longest else { throw .tooLong(text.utf8.count) }
        self = try NativeRangeReader(scheme: scheme, text: text).read().range(scheme)
    }
}

/// Takes the range of an ecosystem apart.
private struct NativeRangeReader {
    let scheme: VersionScheme
    let text: String

    private var malformed: VersionRangeError { .native(text) }

    func read() throws(VersionRangeError) -> VersionIntervals {
        let bytes = Array(text.utf8)[...]
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { throw malformed }
        switch scheme {
        case .maven, .nuget:
            if bytes.contains(where: { "[(".utf8.contains($0) }) { return try brackets(bytes) }
            if scheme == .nuget, let version = try? version(bytes.trimmed) { return .init(.greaterOrEqual, version) }
        case .nginx: return try nginx(bytes)
        case .openssl where !bytes.contains(where: { "<>".utf8.contains($0) }):
            return try union(bytes.parts(",")) { (part) throws(VersionRangeError) in
                .init(.equal, try version(part.trimmed))
            }
        case .all, .nothing: throw malformed
        default: break
        }
        return try union(alternatives(bytes)) { (part) throws(VersionRangeError) in try conjunction(part) }
    }

    private func union(
        _ parts: [ArraySlice<UInt8>], _ read: (ArraySlice<UInt8>) throws(VersionRangeError) -> VersionIntervals
    ) throws(VersionRangeError) -> VersionIntervals {
        var found = VersionIntervals(intervals: [])
        for part in parts { found = found.union(try read(part)) }
        return found
    }

    private func version(_ text: ArraySlice<UInt8>) throws(VersionRangeError) -> Version {
        do { return try Version(String(decoding: text, as: UTF8.self), scheme: scheme) } catch { throw .version(error) }
    }

    private func version(_ text: String) throws(VersionRangeError) -> Version { try version(Array(text.utf8)[...]) }
}

// MARK: Comparators

extension NativeRangeReader {
    /// The texts between `||`.
    private func alternatives(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var found: [ArraySlice<UInt8>] = []
        var start = bytes.startIndex
        var index = start
        while index < bytes.endIndex {
            if bytes[index] == UInt8(ascii: "|"), index + 1 < bytes.endIndex, bytes[index + 1] == UInt8(ascii: "|") {
                found.append(bytes[start..<index])
                index += 2
                start = index
            } else {
                index += 1
            }
        }
        return found + [bytes[start...]]
    }

    /// Comparators that all have to hold.
    private func conjunction(_ text: ArraySlice<UInt8>) throws(VersionRangeError) -> VersionIntervals {
        var rest = text
        if scheme == .conan, let comma = rest.firstIndex(of: UInt8(ascii: ",")) { rest = rest[..<comma] }
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == UInt8(ascii: ",") }
        var found = VersionIntervals.everything
        var count = 0
        _ = rest.take(while: isSpace)
        while !rest.isEmpty {
            let sign = rest.take { "<>=!~^".utf8.contains($0) }
            _ = rest.take { $0 == 0x20 }
            let operand = rest.take {
                !isSpace($0) && !"<>=!~^".utf8.contains($0) || ($0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "^"))
            }
            guard !operand.isEmpty else { throw malformed }
            _ = rest.take(while: isSpace)
            if sign.isEmpty, usesHyphenRanges, rest.first == UInt8(ascii: "-"), rest.dropFirst().first == 0x20 {
                rest = rest.dropFirst(2)
                let high = rest.take { !isSpace($0) }
                _ = rest.take(while: isSpace)
                found = found.intersection(try comparison(">=", operand)).intersection(try comparison("<=", high))
            } else {
                found = found.intersection(try comparison(String(decoding: sign, as: UTF8.self), operand))
            }
            count += 1
        }
        // Nothing at all means everything to npm and Composer only.
        guard count > 0 || scheme == .npm else { throw malformed }
        return found
    }

    private var usesHyphenRanges: Bool { scheme == .npm || scheme == .composer }
    private var isSemantic: Bool { [.npm, .cargo, .composer, .semver, .golang].contains(scheme) }

    private func comparison(
        _ sign: String, _ operand: ArraySlice<UInt8>
    ) throws(VersionRangeError) -> VersionIntervals {
        switch (sign, scheme) {
        case (_, .npm), (_, .cargo), (_, .composer): return try semantic(sign, operand)
        case (_, .conan): return try conan(sign, operand)
        case (_, .pypi): return try python(sign, operand)
        case ("~>", .gem): return try pessimistic(operand)
        default: return .init(try comparator(sign), try version(operand))
        }
    }

    private func comparator(_ sign: String) throws(VersionRangeError) -> VersionRange.Comparator {
        switch sign {
        case "", "=", "==", "===": return .equal
        case "!=": return .notEqual
        // Debian's own spelling beside the usual one.
        case "<", "<<": return .less
        case "<=": return .lessOrEqual
        case ">", ">>": return .greater
        case ">=": return .greaterOrEqual
        default: throw malformed
        }
    }
}

// MARK: npm, Cargo, Composer

extension NativeRangeReader {
    /// Numbers as far as they are said, and all that follows them.
    private struct Partial {
        var numbers: [DecimalNumber] = []
        var tail: ArraySlice<UInt8> = []

        /// The version with missing numbers as zero.
        var lowest: String { filled + String(decoding: tail, as: UTF8.self) }
        private var filled: String {
            (numbers + Array(repeating: .zero, count: max(0, 3 - numbers.count))).map(\.text).joined(separator: ".")
        }

        /// The first version behind all that share the numbers up to and including this place.
        func next(_ place: Int) -> String {
            let kept = numbers.prefix(place).map(\.text) + [numbers[place].successor]
            return (kept + Array(repeating: "0", count: max(0, 3 - kept.count))).joined(separator: ".")
        }
    }

    private func partial(_ operand: ArraySlice<UInt8>) throws(VersionRangeError) -> Partial {
        var rest = operand
        _ = rest.take(word: "v")
        var partial = Partial()
        while true {
            let digits = rest.take(while: \.isASCIIDigit)
            if digits.isEmpty {
                guard rest.take("x") || rest.take("X") || rest.take("*") else { throw malformed }
                // Whatever follows a wildcard is one too.
                while rest.take(".") {
                    guard !rest.take(while: { $0.isASCIIDigit || "xX*".utf8.contains($0) }).isEmpty else {
                        throw malformed
                    }
                }
                break
            }
            partial.numbers.append(DecimalNumber(digits))
            guard partial.numbers.count < 4, rest.take(".") else { break }
        }
        partial.tail = rest
        guard rest.isEmpty || (rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+")) else {
            throw malformed
        }
        return partial
    }

    /// node-semver's comparators, tilde, caret and x-ranges. A partial version stands for all versions that begin so.
    private func semantic(
        _ sign: String, _ operand: ArraySlice<UInt8>
    ) throws(VersionRangeError) -> VersionIntervals {
        let partial = try partial(operand)
        let numbers = partial.numbers
        guard !numbers.isEmpty else {
            // `*`, `>=*`, `^x`; nothing is below or above everything.
            guard sign != "<", sign != ">", sign != "!=" else { throw .empty }
            return .everything
        }
        let lowest = try version(partial.lowest)
        let isFull = numbers.count >= 3 || scheme == .composer && !operand.contains { "xX*".utf8.contains($0) }
        switch sign {
        case _ where sign == "^" || sign.isEmpty && scheme == .cargo:
            let place = numbers.prefix(3).firstIndex { !$0.isZero } ?? numbers.prefix(3).count - 1
            return .init(from: lowest, below: try version(partial.next(place)))
        case "~" where scheme == .composer:
            return .init(from: lowest, below: try version(partial.next(max(0, numbers.count - 2))))
        case "~", "~>": return .init(from: lowest, below: try version(partial.next(min(1, numbers.count - 1))))
        default: break
        }
        let comparator = try comparator(sign)
        guard !isFull else { return .init(comparator, lowest) }
        let next = try version(partial.next(numbers.count - 1))
        switch comparator {
        case .equal: return .init(from: lowest, below: next)
        case .notEqual: return VersionIntervals(.less, lowest).union(.init(.greaterOrEqual, next))
        case .less, .greaterOrEqual: return .init(comparator, lowest)
        case .lessOrEqual: return .init(.less, next)
        case .greater: return .init(.greaterOrEqual, next)
        }
    }
}

// MARK: Conan, Python, Ruby

extension NativeRangeReader {
    /// A hyphen at the end of a bound takes in pre-releases of it, which VERS has no word for; upper bounds of `~` and
    /// `^` have one, so that pre-releases of the next version stay out.
    private func conan(_ sign: String, _ operand: ArraySlice<UInt8>) throws(VersionRangeError) -> VersionIntervals {
        let plain = operand.last == UInt8(ascii: "-") ? operand.dropLast() : operand
        if plain.elementsEqual("*".utf8) { return .init(.greaterOrEqual, try version("0.0.0")) }
        guard sign == "~" || sign == "^" else { return .init(try comparator(sign), try version(plain)) }
        let numbers = plain.prefix { $0.isASCIIDigit || $0 == UInt8(ascii: ".") }.parts(".")
        guard numbers.allSatisfy({ !$0.isEmpty }) else { throw malformed }
        let decimals = numbers.map { DecimalNumber($0) }
        let place =
            sign == "^" ? decimals.firstIndex { !$0.isZero } ?? decimals.count - 1 : min(1, decimals.count - 1)
        let upper = (decimals.prefix(place).map(\.text) + [decimals[place].successor]).joined(separator: ".")
        return .init(from: try version(plain), below: try version(upper + "-"))
    }

    /// PEP 440: `==1.4.*` takes in all pre-releases of 1.4 and none of 1.5; `~=1.4.2` is `>=1.4.2` and `==1.4.*`.
    private func python(_ sign: String, _ operand: ArraySlice<UInt8>) throws(VersionRangeError) -> VersionIntervals {
        if sign == "~=" {
            guard let form = try version(operand).form as? PythonVersion, form.release.count >= 2 else {
                throw malformed
            }
            return try VersionIntervals(.greaterOrEqual, version(operand))
                .intersection(prefix(Array(form.release.dropLast()), epoch: form.epoch))
        }
        guard operand.suffix(2).elementsEqual(".*".utf8) else {
            return .init(try comparator(sign), try version(operand))
        }
        guard let form = try version(operand.dropLast(2)).form as? PythonVersion else { throw malformed }
        let found = try prefix(form.release, epoch: form.epoch)
        switch try comparator(sign) {
        case .equal: return found
        case .notEqual:
            guard let low = found.intervals.first?.low, let high = found.intervals.first?.high else { throw malformed }
            return VersionIntervals(.less, low.version).union(.init(.greaterOrEqual, high.version))
        default: throw malformed
        }
    }

    /// All versions whose release begins with these numbers.
    private func prefix(
        _ release: [DecimalNumber], epoch: DecimalNumber
    ) throws(VersionRangeError) -> VersionIntervals {
        guard let last = release.last else { throw malformed }
        let front = epoch.isZero ? "" : epoch.text + "!"
        let low = front + release.map(\.text).joined(separator: ".") + ".dev0"
        let high = front + (release.dropLast().map(\.text) + [last.successor]).joined(separator: ".") + ".dev0"
        return .init(from: try version(low), below: try version(high))
    }

    /// `~> 2.2.1`: the last part may grow, what is before it stays.
    private func pessimistic(_ operand: ArraySlice<UInt8>) throws(VersionRangeError) -> VersionIntervals {
        let numbers = operand.parts(".").prefix { !$0.isEmpty && $0.allSatisfy(\.isASCIIDigit) }.map {
            DecimalNumber($0)
        }
        guard let first = numbers.first else { throw malformed }
        let kept = numbers.count > 1 ? Array(numbers.dropLast()) : [first]
        let upper = (kept.dropLast().map(\.text) + [kept[kept.count - 1].successor]).joined(separator: ".")
        return .init(from: try version(operand), below: try version(upper))
    }
}

// MARK: Brackets, nginx

extension NativeRangeReader {
    /// `[1.0,2.0)`, `(,1.0],[1.2,)`, `[1.5]`.
    private func brackets(_ bytes: ArraySlice<UInt8>) throws(VersionRangeError) -> VersionIntervals {
        var rest = bytes.trimmed
        var found = VersionIntervals(intervals: [])
        while let opening = rest.popFirst() {
            guard "[(".utf8.contains(opening) else { throw malformed }
            let inside = rest.take { !"])".utf8.contains($0) }
            guard let closing = rest.popFirst() else { throw malformed }
            let ends = inside.parts(",").map(\.trimmed)
            guard ends.count <= 2 else { throw malformed }
            if ends.count == 1 {
                guard opening == UInt8(ascii: "["), closing == UInt8(ascii: "]") else { throw malformed }
                found = found.union(.init(.equal, try version(ends[0])))
            } else {
                var interval = VersionIntervals.everything
                if !ends[0].isEmpty {
                    interval = interval.intersection(
                        .init(opening == UInt8(ascii: "[") ? .greaterOrEqual : .greater, try version(ends[0])))
                }
                if !ends[1].isEmpty {
                    interval = interval.intersection(
                        .init(closing == UInt8(ascii: "]") ? .lessOrEqual : .less, try version(ends[1])))
                }
                found = found.union(interval)
            }
            _ = rest.take { $0 == 0x20 || $0 == UInt8(ascii: ",") }
        }
        return found
    }

    /// `0.7.52-0.8.39`, `1.5.0+`: an even second number is a stable branch, and its `+` ends with the branch.
    private func nginx(_ bytes: ArraySlice<UInt8>) throws(VersionRangeError) -> VersionIntervals {
        try union(bytes.parts(",")) { (part) throws(VersionRangeError) in
            let part = part.trimmed
            if let hyphen = part.firstIndex(of: UInt8(ascii: "-")) {
                return try VersionIntervals(.greaterOrEqual, version(part[..<hyphen]))
                    .intersection(.init(.lessOrEqual, try version(part[(hyphen + 1)...])))
            }
            guard part.last == UInt8(ascii: "+") else { return .init(.equal, try version(part)) }
            let numbers = part.dropLast().parts(".").map { DecimalNumber($0) }
            let low = try version(part.dropLast())
            guard numbers.count >= 2, (numbers[1].digits.last ?? UInt8(ascii: "0")).isMultiple(of: 2) else {
                return .init(.greaterOrEqual, low)
            }
            return .init(from: low, below: try version(numbers[0].text + "." + numbers[1].successor + ".0"))
        }
    }
}

extension ArraySlice<UInt8> {
    /// Without spaces at the ends.
    fileprivate var trimmed: ArraySlice<UInt8> {
        var rest = drop { $0 == 0x20 }
        while rest.last == 0x20 { rest.removeLast() }
        return rest
    }
}
