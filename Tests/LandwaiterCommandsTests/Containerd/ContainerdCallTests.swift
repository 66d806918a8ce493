import Landwaiter
import Testing

@testable import LandwaiterCommands

@Suite struct ContainerdCallTests {
    static let digest = "sha256:" + String(repeating: "a", count: 64)
    static let other = "sha256:" + String(repeating: "b", count: 64)
    static let type = "application/vnd.oci.descriptor.v1+json"

    static func descriptor(_ digest: String) -> [UInt8] {
        Array(#"{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"\#(digest)","size":2048}"#.utf8)
    }

    func call(
        _ name: String, digest: String = digest, type: String = type, input: [UInt8] = descriptor(digest)
    ) throws(ContainerdCallError) -> ContainerdCall {
        try ContainerdCall(name: name, digest: digest, operation: "pull", mediaType: type, input: input)
    }

    @Test func judgesTheDigestThatContainerdResolvedUnderTheNameThatWasAskedFor() throws {
        #expect(
            try call("registry.example/apps/ledger:v1").reference.description
                == "registry.example/apps/ledger:v1@\(Self.digest)")
        #expect(
            try call("registry.example/apps/ledger@\(Self.digest)").reference.description
                == "registry.example/apps/ledger@\(Self.digest)")
    }

    @Test func refusesAnotherDigestInTheNameOrOnStandardInput() throws {
        let found = try Digest(Self.other)
        let resolved = try Digest(Self.digest)
        #expect(throws: ContainerdCallError.otherDigest(named: found, resolved: resolved)) {
            try call("registry.example/apps/ledger@\(Self.other)")
        }
        #expect(throws: ContainerdCallError.otherDigest(named: found, resolved: resolved)) {
            try call("registry.example/apps/ledger:v1", input: Self.descriptor(Self.other))
        }
        let input = Array(#"{"operation":"run","descriptor":{"digest":"\#(Self.other)"}}"#.utf8)
        #expect(throws: ContainerdCallError.otherDigest(named: found, resolved: resolved)) {
            try call(
                "registry.example/apps/ledger:v1", type: "application/vnd.containerd.image-verifier.input.v1+json",
                input: input)
        }
    }

    @Test(arguments: [
        "", "{", "[]", "{}", #"{"digest":7}"#, #"{"digest":"sha256:00"}"#, #"{"digest":"a","digest":"b"}"#,
    ])
    func refusesStandardInputThatIsNoDescriptor(_ text: String) {
        #expect {
            try call("registry.example/apps/ledger:v1", input: Array(text.utf8))
        } throws: { error in
            if case ContainerdCallError.input? = error as? ContainerdCallError { true } else { false }
        }
    }

    @Test func readsNothingOfATypeThatIsNotKnown() throws {
        let call = try call("registry.example/apps/ledger:v1", type: "application/x-later", input: [0xFF])
        #expect(call.reference.digest == (try Digest(Self.digest)))
    }

    @Test(arguments: ["", "registry.example/Apps", "registry.example/apps/ledger:", " registry.example/a"])
    func refusesANameThatIsNone(_ name: String) {
        #expect {
            try call(name)
        } throws: { error in
            if case ContainerdCallError.name? = error as? ContainerdCallError { true } else { false }
        }
    }

    @Test func takesTheFlagsOfContainerdForOptions() {
        let words = ContainerdCall.options(["-name", "a", "-digest=b", "-stdin-media-type", "c", "-x", "--name", "-n"])
        #expect(words == ["--name", "a", "--digest=b", "--stdin-media-type", "c", "-x", "--name", "-n"])
    }

    @Test func isCalledByItsNameOnly() {
        #expect(ContainerdVerifierCommand.isCalled(by: "/opt/bin/landwaiter-containerd-verifier"))
        #expect(ContainerdVerifierCommand.isCalled(by: "landwaiter-containerd-verifier"))
        #expect(!ContainerdVerifierCommand.isCalled(by: "/opt/landwaiter-containerd-verifier/landwaiter"))
        #expect(!ContainerdVerifierCommand.isCalled(by: "xlandwaiter-containerd-verifier"))
        #expect(!ContainerdVerifierCommand.isCalled(by: nil))
    }

    @Test func readsOptionsFromAFile() throws {
        let place = try Place()
        let file = try place.write(
            "# what decides\n\n--server  /run/landwaiter/verifier.sock \n--policy finance=/etc/landwaiter/a b\r\n--flag\n",
            to: "verifier.conf")
        #expect(
            try ContainerdVerifierCommand.options(inFile: file) == [
                "--server", "/run/landwaiter/verifier.sock", "--policy", "finance=/etc/landwaiter/a b", "--flag",
            ])
    }

    @Test func refusesAFileThatHoldsSomethingElse() throws {
        let place = try Place()
        let file = try place.write("--key a.pub\npolicies\n", to: "verifier.conf")
        #expect {
            try ContainerdVerifierCommand.options(inFile: file)
        } throws: { error in
            (error as? CommandFailure)?.lines.first?.contains("line 2: expected an option") == true
        }
    }
}
