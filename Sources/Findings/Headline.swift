/// Ranks many findings into the one that a reader sees first.
public enum Headline {
    /// The most telling finding that decides something: highest rank, then the stable order. Nil only if none decides.
    public static func choose(from findings: some Sequence<Finding>) -> Finding? {
        findings.lazy.filter { $0.code.effect != .note }.min()
    }
}
