/// Lets so many requests to one host through at a time, first come first served.
actor HostGate {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ most: Int) { free = max(1, most) }

    func enter() async {
        if free > 0 {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func leave() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
