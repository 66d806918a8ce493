package import PKI

/// A policy to be written down for people to go on with: what `policy import` and `policy init` make.
///
/// It says nothing about being right: what was written counts once ``PolicySet/load(_:)`` has read it back.
package struct PolicyDraft: Sendable {
    /// Lines above the document, for people; escaped when written.
    package var comments: [String] = []
    package var name: String
    package var owner: String
    /// `observe`, `warn` or `enforce`.
    package var stage: String
    package var namespaces: [String]
    package var images: [String]
    package var signers: [DraftSigner] = []
    package var require: [DraftRequirement] = []

    package init(name: String, owner: String, stage: String, namespaces: [String], images: [String]) {
        self.name = name
        self.owner = owner
        self.stage = stage
        self.namespaces = namespaces
        self.images = images
    }
}

/// Whose certificates are a signer's, by one name.
package struct DraftIdentity: Sendable, Hashable {
    package enum Kind: Sendable, Hashable { case uri, email }
    package enum Text: Sendable, Hashable {
        /// Holds no wildcards.
        case literal(String)
        case regex(String)
    }
    package var kind: Kind
    package var text: Text
    package var issuer: String
    package var trustedRoot: String?

    package init(kind: Kind, text: Text, issuer: String, trustedRoot: String? = nil) {
        self.kind = kind
        self.text = text
        self.issuer = issuer
        self.trustedRoot = trustedRoot
    }
}

/// A key as a signer, or the holder of a certificate.
package struct DraftSigner: Sendable, Hashable {
    package var name: String
    /// Relative to the policy file; of no account for the holder of a certificate.
    package var file: String
    /// Nil: a key's.
    package var identity: DraftIdentity?
    /// Nil: the key's usual ones.
    package var schemes: [SignatureScheme]?
    package var reference: Signer.ReferenceMatch?

    package init(
        name: String, file: String, schemes: [SignatureScheme]? = nil, reference: Signer.ReferenceMatch? = nil
    ) {
        self.name = name
        self.file = file
        self.schemes = schemes
        self.reference = reference
    }

    package init(name: String, identity: DraftIdentity, reference: Signer.ReferenceMatch? = nil) {
        self.init(name: name, file: "", reference: reference)
        self.identity = identity
    }
}

package struct DraftRequirement: Sendable {
    package var id: String
    package var target: String
    package var rule: DraftRule
    package var comments: [String] = []

    package init(id: String, target: String = "image", _ rule: DraftRule, comments: [String] = []) {
        self.id = id
        self.target = target
        self.rule = rule
        self.comments = comments
    }
}

package indirect enum DraftRule: Sendable {
    case signature(by: [String], atLeast: Int = 1)
    case attestation(by: [String], type: String, conditions: [DraftCondition])
    case provenance(DraftProvenance)
    case image(DraftImage)
    /// Each alternative: its id and rules, all of which have to hold.
    case anyOf([(id: String, rules: [(id: String, rule: DraftRule)])])

    /// Holds for every image that has a name.
    static let anything = DraftRule.image(DraftImage(names: .glob(["**"])))

    /// Holds for no image: no name is such a text. What a translation can't say is never left out.
    static func never(_ text: String) -> DraftRule { .image(DraftImage(names: .oneOf([text]))) }
}

/// A field of a predicate that has a value.
package struct DraftCondition: Sendable, Hashable {
    package var field: [String]
    package var value: Value

    package enum Value: Sendable, Hashable {
        case text(String)
        case bool(Bool)
    }
}

package struct DraftImage: Sendable, Hashable {
    package enum Text: Sendable, Hashable {
        case oneOf([String])
        case glob([String])
    }
    package var names: Text?
    package var tags: Text?
}

package struct DraftProvenance: Sendable, Hashable {
    package var by: [String]
    package var builder: [String]
    package var buildType: [String]?
    package var repository: [String]
    package var ref: [String]
    package var externalParameters: [Parameter]

    /// One that may occur, with patterns for its values.
    package struct Parameter: Sendable, Hashable {
        package var name: String
        package var values: [String]

        package init(name: String, values: [String]) {
            self.name = name
            self.values = values
        }
    }

    package init(
        by: [String], builder: [String], buildType: [String]? = nil, repository: [String], ref: [String],
        externalParameters: [Parameter] = []
    ) {
        self.by = by
        self.builder = builder
        self.buildType = buildType
        self.repository = repository
        self.ref = ref
        self.externalParameters = externalParameters
    }
}
