// How two patterns relate, whatever the text: for comparing what one document allows with what another claims.

extension Glob {
    /// Whether some text is matched by both. Exact: neither an overlap is missed nor one invented.
    ///
    /// Takes at most (length of one) x (length of the other) steps.
    public func intersects(_ other: Glob) -> Bool {
        if matchesEverything || other.matchesEverything { return true }
        if isLiteral { return other.matches(description) }
        if other.isLiteral { return matches(other.description) }
        // A common text that is not empty can always be found: where both patterns match a list without components, or
        // one empty component, each holds a `**`, which takes another component as well.
        return Self.haveCommonSequence(
            components, other.components, isStar: { $0 == .anyComponents }, isCommon: Self.intersect)
    }

    /// Whether every text that the other pattern matches is matched by this one. If true it is so; false may also mean
    /// that it is not seen: `?*` covers `*`, but is not found to.
    public func covers(_ other: Glob) -> Bool {
        if matchesEverything { return true }
        if other.isLiteral { return matches(other.description) }
        return Self.covers(
            components, other.components, isStar: { $0 == .anyComponents },
            isCovered: { pattern, other in
                guard case .one(let pattern) = pattern, case .one(let other) = other else { return false }
                // `*` alone wants a character, and so does every other component that is not empty.
                guard !other.isEmpty || pattern.isEmpty else { return false }
                return Self.covers(
                    pattern, other, isStar: { $0 == "*" },
                    isCovered: { $0 == "?" ? $1 != "*" : $0 == $1 && $1 != "*" })
            })
    }

    private static func intersect(_ a: Component, _ b: Component) -> Bool {
        guard case .one(let a) = a, case .one(let b) = b else { return false }
        // An empty component is matched by an empty one only, never by `*`.
        guard a.isEmpty == b.isEmpty else { return false }
        return haveCommonSequence(a, b, isStar: { $0 == "*" }, isCommon: { $0 == "?" || $1 == "?" || $0 == $1 })
    }

    /// Whether two sequences in which stars stand for any number of elements can stand for one and the same.
    ///
    /// Goes through the pairs of positions that a common sequence can lead to, row by row.
    private static func haveCommonSequence<Element>(
        _ a: [Element], _ b: [Element], isStar: (Element) -> Bool, isCommon: (Element, Element) -> Bool
    ) -> Bool {
        let bStars = b.map(isStar)
        // Whether the first i elements of one and the first j of the other can stand for the same.
        var row = [Bool](repeating: false, count: b.count + 1)
        row[0] = true
        for j in b.indices where bStars[j] { row[j + 1] = row[j] }
        for element in a {
            var next = [Bool](repeating: false, count: b.count + 1)
            let isAStar = isStar(element)
            next[0] = row[0] && isAStar
            for j in b.indices {
                next[j + 1]  // A star stands for nothing, or for one element more of the other.
                =
                    isAStar
                    ? row[j + 1] || next[j]
                    : bStars[j] ? next[j] || row[j + 1] : row[j] && isCommon(element, b[j])
            }
            row = next
        }
        return row[b.count]
    }

    /// Whether `pattern` accounts for `other` read as a text, in which a star is a letter that only a star accounts for.
    private static func covers<Element>(
        _ pattern: [Element], _ other: [Element], isStar: (Element) -> Bool, isCovered: (Element, Element) -> Bool
    ) -> Bool {
        var row = [Bool](repeating: false, count: other.count + 1)
        row[0] = true
        for element in pattern {
            var next = [Bool](repeating: false, count: other.count + 1)
            let isAStar = isStar(element)
            next[0] = row[0] && isAStar
            for j in other.indices {
                next[j + 1] = isAStar ? row[j + 1] || next[j] : row[j] && isCovered(element, other[j])
            }
            row = next
        }
        return row[other.count]
    }
}
