/// When what has to be done, for an answer before the deadline.
struct AnswerTimes: Sendable {
    /// The decision; what follows is recording.
    let decision: ContinuousClock.Instant
    /// Everything.
    let answer: ContinuousClock.Instant

    init(from begin: ContinuousClock.Instant, within: Duration, _ configuration: DecisionServiceConfiguration) {
        let time = max(.zero, within)
        let margin = min(max(.zero, configuration.answerMargin), time / 10)
        let reserve = min(max(.zero, configuration.recordingReserve), time / 5)
        answer = begin + time - margin
        decision = begin + time - margin - reserve
    }
}
