import StrictEncoding

/// A pattern over target paths (section 4.5, PATHPATTERN; glob(7)): `*` stands for any characters, `?` for one, `[abc]`,
/// `[a-z]` and `[!abc]` for one of those. None of them stands for a slash, and case counts.
struct PathPattern: Sendable {
    private let components: [[Element]]

    private enum Element: Sendable, Hashable {
        case literal(Unicode.Scalar)
        case anyOne
        case anyMany
        case one(of: [ClosedRange<UInt32>], isNegated: Bool)
    }

    /// Any text is a pattern: a bracket that nothing closes stands for itself, as in a shell.
    init(_ text: String) {
        components = text.unicodeScalars.split(separator: "/", omittingEmptySubsequences: false).map { part in
            Self.elements(part)
        }
    }

    /// Whether the pattern accounts for the whole path, component by component.
    func matches(_ path: TargetPath) -> Bool {
        let parts = path.text.value.unicodeScalars.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == components.count
            && zip(components, parts).allSatisfy { Self.matches($0, Array($1)) }
    }

    private static func elements(_ text: Substring.UnicodeScalarView) -> [Element] {
        var rest = text
        var elements: [Element] = []
        while let scalar = rest.popFirst() {
            switch scalar {
            // Several in a row are one, which keeps matching within the product of the lengths.
            case "*": if elements.last != .anyMany { elements.append(.anyMany) }
            case "?": elements.append(.anyOne)
            case "[":
                if let (set, after) = bracketed(rest) {
                    elements.append(set)
                    rest = after
                } else {
                    elements.append(.literal(scalar))
                }
            default: elements.append(.literal(scalar))
            }
        }
        return elements
    }

    /// What stands after an opening bracket, up to the closing one; nil if there is none. A bracket right after the
    /// opening (or its `!`) stands for itself.
    private static func bracketed(
        _ text: Substring.UnicodeScalarView
    ) -> (set: Element, after: Substring.UnicodeScalarView)? {
        var rest = text
        let isNegated = rest.first == "!"
        if isNegated { rest.removeFirst() }
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        while let scalar = rest.popFirst() {
            if scalar == "]", !isFirst { return (.one(of: ranges, isNegated: isNegated), rest) }
            isFirst = false
            let upper = rest.dropFirst().first
            if rest.first == "-", let upper, upper != "]" {
                rest.removeFirst(2)
                // A range that runs backwards holds nothing.
                if scalar.value <= upper.value { ranges.append(scalar.value...upper.value) }
            } else {
                ranges.append(scalar.value...scalar.value)
            }
        }
        return nil
    }

    /// Only the last star is ever tried again: whatever an earlier one could give up, the last one can take.
    private static func matches(_ pattern: [Element], _ text: [Unicode.Scalar]) -> Bool {
        var p = 0
        var t = 0
        var retry: (p: Int, t: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == .anyMany {
                p += 1
                retry = (p, t)
            } else if p < pattern.count, stands(pattern[p], for: text[t]) {
                p += 1
                t += 1
            } else if let last = retry {
                p = last.p
                t = last.t + 1
                retry = (p, t)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == .anyMany }
    }

    private static func stands(_ element: Element, for scalar: Unicode.Scalar) -> Bool {
        switch element {
        case .literal(let literal): literal == scalar
        case .anyOne: true
        case .anyMany: false
        case .one(let ranges, let isNegated): ranges.contains { $0.contains(scalar.value) } != isNegated
        }
    }
}
