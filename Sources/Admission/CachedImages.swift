import AdmissionPolicy
import Attestation
import Content
import OCI
import Sigstore
import StrictEncoding

/// The images that a cache keeps, within its bytes: what was used longest ago makes room first, in the scope that has the
/// most. So whoever may name endless images, or attach endless junk to one, displaces what is his.
struct CachedImages: Sendable {
    private let limits: EvidenceCacheLimits
    private var positions: [ImageKey: Int] = [:]
    /// Linked in the order of use, scope by scope. A place that is free is linked nowhere.
    private var places: [Place] = []
    private var free: [Int] = []
    private var scopes: [ExactString: Scope] = [:]
    private(set) var bytes = 0
    private(set) var displaced = 0

    private struct Place {
        let key: ImageKey
        var image: CachedImage
        var bytes: Int
        var newer: Int?
        var older: Int?
    }

    private struct Scope {
        var bytes = 0
        var newest: Int?
        var oldest: Int?
    }

    init(_ limits: EvidenceCacheLimits) { self.limits = limits }

    var count: Int { positions.count }

    /// Images of a repository, and bases of any, that are this manifest or have it among their platforms.
    func keys(in repository: ExactString, holding digest: Digest) -> [ImageKey] {
        positions.compactMap { key, position in
            guard key.mayLie(in: repository) else { return nil }
            let isHeld =
                key.digest == digest
                || places[position].image.image.platforms.contains { $0.manifest.content.digest == digest }
            return isHeld ? key : nil
        }
    }

    subscript(key: ImageKey) -> CachedImage? {
        mutating get {
            guard let position = positions[key] else { return nil }
            touch(position)
            return places[position].image
        }
        set {
            if let position = positions[key] { remove(position) }
            guard let newValue else { return }
            let cost = newValue.estimatedBytes
            guard cost <= min(limits.imageBytes, limits.scopeBytes, limits.totalBytes) else { return }
            insert(key, newValue, cost)
            while let scope = scopes[key.scope], scope.bytes > limits.scopeBytes, let oldest = scope.oldest {
                displace(oldest)
            }
            while bytes > limits.totalBytes, let oldest = scopes.values.max(by: { $0.bytes < $1.bytes })?.oldest {
                displace(oldest)
            }
        }
    }

    private mutating func displace(_ position: Int) {
        remove(position)
        displaced += 1
    }

    private mutating func insert(_ key: ImageKey, _ image: CachedImage, _ cost: Int) {
        let place = Place(key: key, image: image, bytes: cost)
        let position: Int
        if let last = free.popLast() {
            position = last
            places[last] = place
        } else {
            position = places.count
            places.append(place)
        }
        positions[key] = position
        bytes += cost
        scopes[key.scope, default: Scope()].bytes += cost
        link(position)
    }

    private mutating func remove(_ position: Int) {
        unlink(position)
        let place = places[position]
        positions[place.key] = nil
        bytes -= place.bytes
        scopes[place.key.scope]?.bytes -= place.bytes
        if scopes[place.key.scope]?.newest == nil { scopes[place.key.scope] = nil }
        // What it held is given up now, not when the place is used again.
        places[position].image.evidence = nil
        places[position].image.content = [:]
        free.append(position)
    }

    private mutating func touch(_ position: Int) {
        guard scopes[places[position].key.scope]?.newest != position else { return }
        unlink(position)
        link(position)
    }

    private mutating func link(_ position: Int) {
        let scope = places[position].key.scope
        let newest = scopes[scope]?.newest
        places[position].older = newest
        places[position].newer = nil
        if let newest { places[newest].newer = position }
        scopes[scope, default: Scope()].newest = position
        if scopes[scope]?.oldest == nil { scopes[scope]?.oldest = position }
    }

    private mutating func unlink(_ position: Int) {
        let place = places[position]
        if let newer = place.newer {
            places[newer].older = place.older
        } else {
            scopes[place.key.scope]?.newest = place.older
        }
        if let older = place.older {
            places[older].newer = place.newer
        } else {
            scopes[place.key.scope]?.oldest = place.newer
        }
    }
}

// MARK: What it costs to keep something

// Estimates, on the high side: a parsed document takes several times its bytes, and everything in a list its own record.
extension CachedImage {
    /// Bytes.
    var estimatedBytes: Int {
        let documents =
            [image.document.content] + image.platforms.map(\.manifest.content)
            + image.attestationManifests.map(\.manifest.content)
        return 2_048 + documents.reduce(0) { $0 + 512 + 4 * $1.bytes.count } + (evidence?.estimatedBytes ?? 0)
            + content.values.reduce(0) { $0 + $1.estimatedBytes }
    }
}

extension CachedEvidence {
    fileprivate var estimatedBytes: Int {
        list.estimatedBytes + collected.refused.count * 1_024 + (hasItems ? 2 * receivedBytes : 0)
            // What was verified keeps the signed bytes, and what was read of them beside.
            + verified.values.reduce(0) { $0 + $1.result.estimatedBytes + 4 * receivedBytes }
    }
}

extension EvidenceList {
    fileprivate var estimatedBytes: Int {
        papers.values.reduce(loose.count * 256) { $0 + 256 + $1.found.count * 512 + $1.refused.count * 1_024 }
    }
}

extension VerificationResult {
    fileprivate var estimatedBytes: Int { 512 + verified.count * 2_048 + refused.count * 1_024 }
}

extension CachedContent {
    fileprivate var estimatedBytes: Int {
        4 * bytes + platforms.count * 1_024
            + bases.values.reduce(0) { sum, base in
                guard case .read(let platforms) = base else { return sum }
                return platforms.reduce(sum) { $0 + 256 + $1.diffIDs.count * 128 }
            }
    }
}

extension CollectedItem {
    /// Bytes that keeping it takes.
    var receivedBytes: Int {
        switch form {
        case .unsignedStatement(let bytes, _, _): return bytes.count
        case .signed(let signed):
            var count = 512
            if case .certificates(let certificates) = signed.material {
                count += certificates.reduce(0) { $0 + $1.count }
            }
            switch signed.content {
            case .dsse(let envelope): count += envelope.payload.count + envelope.signatures.count * 256
            case .simpleSigning(let payload, let signature): count += payload.count + signature.count
            case .message: count += 256
            }
            return count
        }
    }
}
