import Content
import Findings
import OCI
import StrictEncoding

/// What containerd asks an image verifier: the words of its command line, and what stands on its standard input
/// (containerd, docs/image-verification.md, "Image Verifier Binary API").
struct ContainerdCall: Sendable, Equatable {
    /// As it is pulled; its digest is the one that containerd resolved.
    let reference: ImageReference
    /// `pull`, or `run` where containerd asks again before a container starts.
    let operation: String

    /// Bytes of standard input. A descriptor has some hundreds; an annotation may be long.
    static let longestInput = 4 << 20

    /// - Parameters:
    ///   - name: `-name`: the reference that was asked for.
    ///   - digest: `-digest`: what containerd found under it.
    ///   - mediaType: `-stdin-media-type`: of an unknown one nothing is read, because later versions may send others and
    ///     name and digest are all that a decision needs.
    init(
        name: String, digest: String, operation: String, mediaType: String, input: [UInt8]
    ) throws(ContainerdCallError) {
        let resolved: Digest
        do throws(DigestError) { resolved = try Digest(digest) } catch { throw .digest(error.message) }
        let named: ImageReference
        do throws(ImageReferenceError) { named = try ImageReference(parsing: name) } catch {
            throw .name(error.message)
        }
        if let stated = named.digest, stated != resolved { throw .otherDigest(named: stated, resolved: resolved) }
        if let described = try Self.digest(in: input, of: mediaType), described != resolved {
            throw .otherDigest(named: described, resolved: resolved)
        }
        let text = named.name + (named.tag.map { ":" + $0 } ?? "") + "@" + resolved.description
        do throws(ImageReferenceError) { reference = try ImageReference(parsing: text) } catch {
            throw .name(error.message)
        }
        self.operation = operation
    }

    /// The digest that standard input describes, if it is of a type that is known.
    private static func digest(in input: [UInt8], of mediaType: String) throws(ContainerdCallError) -> Digest? {
        let isDescriptor = mediaType.utf8.elementsEqual("application/vnd.oci.descriptor.v1+json".utf8)
        let isInput = mediaType.utf8.elementsEqual("application/vnd.containerd.image-verifier.input.v1+json".utf8)
        guard isDescriptor || isInput else { return nil }
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(parsing: input, limits: JSONLimits(bytes: longestInput))
        } catch {
            throw .input("\(error)")
        }
        guard let tree = JSONTree(document.root) else { throw .input("expected JSON") }
        guard case .string(let text)? = (isInput ? tree["descriptor"] : tree)?["digest"] else {
            throw .input("expected a descriptor with `digest`")
        }
        do throws(DigestError) { return try Digest(text) } catch { throw .input(error.message) }
    }
}

/// Why a call can't be judged: every one of these blocks the image.
enum ContainerdCallError: Error, Equatable {
    case name(String)
    case digest(String)
    case input(String)
    case otherDigest(named: Digest, resolved: Digest)

    /// One line for people.
    var message: String {
        switch self {
        case .name(let why): "`-name`: \(why)"
        case .digest(let why): "`-digest`: \(why)"
        case .input(let why): "standard input: \(why)"
        case .otherDigest(let named, let resolved):
            "expected the digest \(resolved) that `-digest` names, found \(named)"
        }
    }
}

extension ContainerdCall {
    /// containerd writes Go's flags, `-name VALUE`; the same as options with two dashes. Other words stay as they are.
    static func options(_ words: some Sequence<String>) -> [String] {
        let known = ["name", "digest", "stdin-media-type", "operation"]
        return words.map { word in
            let flag = word.utf8.prefix { $0 != UInt8(ascii: "=") }
            return known.contains { flag.elementsEqual("-\($0)".utf8) } ? "-" + word : word
        }
    }
}
