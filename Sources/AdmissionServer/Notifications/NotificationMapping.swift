import Findings
public import StrictEncoding

/// Where the members of a push lie in the body of a registry whose format is not known here.
///
///     repository: /repository            # Quay: one repository, a list of tags
///     tag: /updated_tags/*
///     everyEventIsAPush: true
///
///     repository: /target/repository     # Azure Container Registry
///     tag: /target/tag
///     digest: /target/digest
///     action: /action
///     pushes: [push]
public struct NotificationMapping: Sendable, Hashable {
    /// Which entries are pushes.
    public enum Pushes: Sendable, Hashable {
        /// Those where the text at this place is one of these, compared as bytes.
        case action(EventPath, isOneOf: [ExactString])
        /// All: the sender is subscribed to nothing else.
        case everyEvent
    }
    public let repository: EventPath
    /// A text that every repository of this sender begins with and that is no part of its path, as `eu.registry.example/`:
    /// taken away, and refused where it is missing. It is never read as a host.
    public let repositoryPrefix: String
    public let tag: EventPath?
    public let digest: EventPath?
    public let id: EventPath?
    public let pushes: Pushes
    /// The path with the most `*`: one entry for each way to choose their elements.
    private let spine: EventPath

    /// - Throws: `NotificationMappingError` where the paths don't go through the same lists, where neither tag nor digest
    ///   is named, or where no action counts as a push.
    public init(
        repository: EventPath, repositoryPrefix: String = "", tag: EventPath?, digest: EventPath?,
        id: EventPath? = nil, pushes: Pushes
    ) throws(NotificationMappingError) {
        guard tag != nil || digest != nil else { throw .namesNothing }
        var paths = [repository, tag, digest, id].compactMap(\.self)
        if case .action(let path, let values) = pushes {
            guard !values.isEmpty, !values.contains(where: \.utf8.isEmpty) else { throw .noActions }
            paths.append(path)
        }
        var spine = repository
        for path in paths where path.stars > spine.stars { spine = path }
        for path in paths {
            guard path.throughLists.elementsEqual(spine.throughLists.prefix(path.throughLists.count)) else {
                throw .differentLists(path, spine)
            }
        }
        self.repository = repository
        self.repositoryPrefix = repositoryPrefix
        self.tag = tag
        self.digest = digest
        self.id = id
        self.pushes = pushes
        self.spine = spine
    }

    func events(in root: JSONValue, limits: NotificationLimits) throws(NotificationBodyError) -> [EventReading] {
        var found: [EventPath: FoundValue] = [:]
        return try spine.choices(in: root, limit: limits.events).map { reading(of: root, choosing: $0, &found) }
    }

    /// What lay at a path for the entry before.
    private struct FoundValue {
        let positions: ArraySlice<Int>
        let value: JSONValue?
    }

    private func reading(
        of root: JSONValue, choosing choice: EventPath.Choice, _ found: inout [EventPath: FoundValue]
    ) -> EventReading {
        // Null is how many senders write what is not there.
        func text(_ path: EventPath?) -> OptionalText {
            guard let path else { return .absent }
            // What lies outside of the innermost list is the same for many entries, and is looked for once.
            let positions = choice.positions.prefix(path.stars)
            let value: JSONValue?
            if let known = found[path], known.positions == positions {
                value = known.value
            } else {
                value = path.value(in: root, choosing: choice)
                found[path] = FoundValue(positions: positions, value: value)
            }
            guard let value, !value.isNull else { return .absent }
            return OptionalText(value)
        }
        if case .action(let path, let values) = pushes {
            switch text(path) {
            case .text(let action): if !values.contains(action) { return .ignored(.otherAction) }
            case .absent, .otherKind: return .refused(.shape)
            }
        }
        guard case .text(let named) = text(repository), named.utf8.starts(with: repositoryPrefix.utf8) else {
            return .refused(.shape)
        }
        let path = named.utf8.dropFirst(repositoryPrefix.utf8.count)
        var push = UnverifiedPush(repository: ExactString(String(Substring(path))))
        for (place, member) in [(tag, \UnverifiedPush.tag), (digest, \.digest), (id, \.id)] {
            switch text(place) {
            case .absent: break
            case .text(let text): push[keyPath: member] = text
            case .otherKind: return .refused(.shape)
            }
        }
        return .push(push)
    }
}

/// A JSON pointer (RFC 6901) in which a whole token `*` stands for every element of a list.
///
/// `/events/*/target/tag`. A member whose name is `*` can't be named.
public struct EventPath: Sendable, Hashable, CustomStringConvertible {
    enum Step: Sendable, Hashable {
        case token(ExactString)
        case every
    }
    /// As written.
    public let description: String
    let steps: [Step]

    /// Most `*` of a path: entries multiply with each.
    public static let mostStars = 2
    /// Most tokens of a path.
    public static let mostTokens = 16

    /// - Throws: `NotificationMappingError` for what is no pointer.
    public init(_ text: String) throws(NotificationMappingError) {
        guard text.utf8.first == UInt8(ascii: "/") else { throw .notAPath(text) }
        var steps: [Step] = []
        for token in text.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if token.elementsEqual("*".utf8) {
                steps.append(.every)
                continue
            }
            // RFC 6901 section 4: `~1` is a slash and `~0` a tilde; a tilde before anything else is an error.
            var name: [UInt8] = []
            var rest = token
            while let byte = rest.popFirst() {
                guard byte == UInt8(ascii: "~") else {
                    name.append(byte)
                    continue
                }
                switch rest.popFirst() {
                case UInt8(ascii: "0"): name.append(UInt8(ascii: "~"))
                case UInt8(ascii: "1"): name.append(UInt8(ascii: "/"))
                default: throw .notAPath(text)
                }
            }
            steps.append(.token(ExactString(String(decoding: name, as: UTF8.self))))
        }
        guard steps.count <= Self.mostTokens else { throw .notAPath(text) }
        self.description = text
        self.steps = steps
        guard stars <= Self.mostStars else { throw .tooManyStars(text) }
    }

    // Written out because the compiler's own would compare the text by canonical equivalence.
    public static func == (a: EventPath, b: EventPath) -> Bool { a.steps == b.steps }
    public func hash(into hasher: inout Hasher) { hasher.combine(steps) }

    var stars: Int { steps.count { $0 == .every } }

    /// The way down to the innermost list, that included.
    var throughLists: ArraySlice<Step> {
        steps[..<((steps.lastIndex(of: .every) ?? -1) + 1)]
    }

    /// An element for each `*`, from the outermost on: where it stands in its list, and what it is.
    struct Choice {
        var positions: [Int] = []
        var elements: [JSONValue] = []
    }

    /// Each way to choose an element for every `*`.
    ///
    /// - Throws: `NotificationBodyError` where a `*` stands for no list, or for too many elements in all.
    func choices(in root: JSONValue, limit: Int) throws(NotificationBodyError) -> [Choice] {
        var open: [(chosen: Choice, value: JSONValue)] = [(Choice(), root)]
        var walked = ""
        for step in throughLists {
            var next: [(chosen: Choice, value: JSONValue)] = []
            for (chosen, value) in open {
                switch step {
                case .token(let name):
                    guard let member = Self.member(name, of: value) else {
                        throw .shape(at: walked + "/" + name.value, expected: "a value", found: "nothing")
                    }
                    next.append((chosen, member))
                case .every:
                    guard let list = value.array else {
                        throw .shape(at: walked, expected: "a list", found: value.kindName)
                    }
                    let (count, overflow) = next.count.addingReportingOverflow(list.count)
                    guard !overflow, count <= limit else { throw .tooManyEvents(count, limit: limit) }
                    for (index, element) in list.enumerated() {
                        var chosen = chosen
                        chosen.positions.append(index)
                        chosen.elements.append(element)
                        next.append((chosen, element))
                    }
                }
            }
            open = next
            walked += step == .every ? "/*" : "/…"
        }
        return open.map(\.chosen)
    }

    /// The value here when each `*` stands for the element chosen; nil where there is none.
    func value(in root: JSONValue, choosing choice: Choice) -> JSONValue? {
        // The lists are the spine's, so the innermost element is where the rest of the way begins.
        guard stars <= choice.elements.count else { return nil }
        var value = stars == 0 ? root : choice.elements[stars - 1]
        for case .token(let name) in steps[throughLists.endIndex...] {
            guard let member = Self.member(name, of: value) else { return nil }
            value = member
        }
        return value
    }

    /// RFC 6901 section 4: a member by its name, an element by decimal digits without leading zeros.
    private static func member(_ name: ExactString, of value: JSONValue) -> JSONValue? {
        guard let list = value.array else { return value[name.value] }
        let digits = name.utf8
        guard !digits.isEmpty, digits.count <= 9, digits.allSatisfy({ (0x30...0x39).contains($0) }),
            digits.count == 1 || digits.first != 0x30, let index = Int(name.value)
        else { return nil }
        return list[index]
    }
}

/// Why a mapping can't be used.
public enum NotificationMappingError: Error, Equatable, Sendable {
    case notAPath(String)
    case tooManyStars(String)
    /// Two paths whose `*` stand for the elements of different lists: which belong together is not said.
    case differentLists(EventPath, EventPath)
    /// Neither a tag nor a digest.
    case namesNothing
    /// No action that counts as a push, or an empty one.
    case noActions

    /// One line for people.
    public var message: String {
        switch self {
        case .notAPath(let text):
            "expected a JSON pointer of at most \(EventPath.mostTokens) tokens like `/events/*/target/tag`, "
                + "found \(Finding.quoted(text))"
        case .tooManyStars(let text):
            "expected at most \(EventPath.mostStars) `*` in a path, found \(Finding.quoted(text))"
        case .differentLists(let path, let other):
            "expected paths through the same lists, found \(Finding.quoted(path.description)) beside "
                + Finding.quoted(other.description)
        case .namesNothing: "expected a path of a tag or of a digest, found neither"
        case .noActions: "expected the actions that are pushes, or everyEventIsAPush, found none"
        }
    }
}
