/// What is true of an image under the policies. What a gate does about it is enforcement.
public enum Verdict: String, Sendable, CaseIterable {
    case admit
    case reject
    /// Evidence could not be had or judged. Every gate treats it as a reject.
    case undecided

    /// The stricter of two: reject beats undecided beats admit.
    static func strictest(_ a: Verdict, _ b: Verdict) -> Verdict { a.strictness >= b.strictness ? a : b }

    private var strictness: Int {
        switch self {
        case .admit: 0
        case .undecided: 1
        case .reject: 2
        }
    }
}
