import SBOM

/// What an inventory says the image is made of: its components without the image itself, which SPDX lists among the packages
/// and CycloneDX does not.
///
/// Only a component that the document alone describes, and that says it is a container image, is left out. Documents that
/// describe every package, or an application, keep all of theirs: nothing escapes a rule by being described.
struct ListedComponents: Sequence {
    private let all: Components
    private let image: Int?

    init(_ inventory: Inventory) {
        all = inventory.components
        guard let subject = inventory.subject, Self.isImage(subject), let identifier = subject.identifier else {
            image = nil
            return
        }
        let bytes = Array(identifier.utf8)
        let place = subject.place
        image = all.firstIndex { component in
            component.withBytes(of: .identifier) { span in
                span.count == bytes.count && bytes.indices.allSatisfy { span[$0] == bytes[$0] }
            } && component.place == place
        }
    }

    var count: Int { all.count - (image == nil ? 0 : 1) }

    func makeIterator() -> AnyIterator<Component> {
        var position = all.startIndex
        return AnyIterator {
            if position == image { position += 1 }
            guard position < all.endIndex else { return nil }
            defer { position += 1 }
            return all[position]
        }
    }

    private static func isImage(_ component: Component) -> Bool {
        if component.purpose?.lowercased() == "container" { return true }
        return component.packageURLTexts.contains { text in
            guard let package = try? PackageURL(text, typeDefinition: .recorded) else { return false }
            return ["oci", "docker"].contains { package.type.utf8.elementsEqual($0.utf8) }
        }
    }
}
