public import StrictEncoding

extension Version {
    /// The version that a package URL names, to be compared by the rules of its type.
    ///
    /// Type `rpm` keeps the epoch in a qualifier; it is put back in front. Go's own toolchain is versioned `go1.22.3`.
    /// Nil if there is no version, or if no order is known for the type or for this version: then a rule about versions
    /// has no answer.
    public init?(of package: PackageURL) {
        guard var text = package.version, let scheme = VersionScheme(packageType: package.type) else { return nil }
        if scheme == .rpm, let epoch = package.qualifier("epoch"), !text.utf8.contains(UInt8(ascii: ":")) {
            text = epoch + ":" + text
        }
        if scheme == .golang, text.hasPrefix("go") { text.removeFirst(2) }
        do { try self.init(text, scheme: scheme) } catch { return nil }
    }
}

extension ScanFinding {
    /// The oldest version that has a fix and is newer than the one installed: what to upgrade to. Where versions can't
    /// be compared, the first fixed version that is named; nil if there is none.
    public var nearestFix: ExactString? {
        guard let url = package?.url, let installed = Version(of: url) ?? version(package?.version, url) else {
            return fixedVersions.first
        }
        let newer = fixedVersions.compactMap { text in version(text, url).map { (text, $0) } }
            .filter { $0.1.order(against: installed) == .greater }
        return newer.min { $0.1.order(against: $1.1) == .less }?.0
    }

    private func version(_ text: ExactString?, _ url: PackageURL) -> Version? {
        guard let text, let scheme = VersionScheme(packageType: url.type) else { return nil }
        return try? Version(text.value, scheme: scheme)
    }
}
