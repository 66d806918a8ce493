import PKI
import Signing
import Simulators
import StrictEncoding
import Testing
import TransparencyLog

/// Cosignatures of witnesses (C2SP tlog-cosignature).
struct WitnessTests {
    private let head = TreeHead(size: 3, rootHash: [UInt8](repeating: 1, count: 32))

    private func checkpoint(by rekor: SimulatedRekor) throws -> UnverifiedCheckpoint {
        try UnverifiedCheckpoint(parsing: rekor.checkpoint(of: head))
    }

    private func requirement(_ count: Int, _ witnesses: SimulatedWitness...) throws -> WitnessRequirement {
        let trusted = witnesses.compactMap(\.trusted)
        return try #require(WitnessRequirement(atLeast: count, of: trusted))
    }

    @Test
    func countsDistinctWitnesses() throws {
        var rekor = try SimulatedRekor(.rekor2, time: LogScene.time)
        let (one, two) = (
            try SimulatedWitness(name: "one.example", time: LogScene.time),
            try SimulatedWitness(name: "two.example", time: LogScene.time.adding(seconds: 5))
        )
        rekor.witnesses = [two, one]
        let both = try checkpoint(by: rekor).verified(
            by: rekor.trusted(), in: .rekor2, witnesses: try requirement(2, one, two))
        #expect(both.cosignatures.map(\.witness) == [one.trusted, two.trusted])
        #expect(both.cosignatures.map(\.time) == [LogScene.time, LogScene.time.adding(seconds: 5)])

        // One that signs twice is one.
        rekor.witnesses = [one, one]
        let twice = try checkpoint(by: rekor)
        #expect(throws: CheckpointError.tooFewWitnesses(expected: 2, found: 1)) {
            try twice.verified(by: rekor.trusted(), in: .rekor2, witnesses: try requirement(2, one, two))
        }
        #expect(
            code {
                _ = try twice.verified(by: rekor.trusted(), in: .rekor2, witnesses: try requirement(2, one, two))
            } == "checkpoint.too-few-witnesses")
    }

    /// Two names for one key are one witness, and asking for more witnesses than there are keys is no requirement.
    @Test
    func countsKeysRatherThanNames() throws {
        var rekor = try SimulatedRekor(.rekor2, time: LogScene.time)
        let one = try SimulatedWitness(name: "one.example", time: LogScene.time)
        let alias = try SimulatedWitness(name: "alias.example", key: one.key, time: LogScene.time)
        let two = try SimulatedWitness(name: "two.example", time: LogScene.time)
        let (first, second, third) = (
            try #require(one.trusted), try #require(alias.trusted), try #require(two.trusted)
        )
        #expect(WitnessRequirement(atLeast: 2, of: [first, second]) == nil)
        #expect(WitnessRequirement(atLeast: 0, of: [first]) == nil)
        rekor.witnesses = [one, alias]
        let requirement = try #require(WitnessRequirement(atLeast: 2, of: [first, second, third]))
        #expect(throws: CheckpointError.tooFewWitnesses(expected: 2, found: 1)) {
            try checkpoint(by: rekor).verified(by: rekor.trusted(), in: .rekor2, witnesses: requirement)
        }
    }

    @Test
    func rejectsTheLogAsItsOwnWitness() throws {
        var rekor = try SimulatedRekor(.rekor2, time: LogScene.time)
        let itself = try SimulatedWitness(name: "witness.example", key: rekor.key, time: LogScene.time)
        rekor.witnesses = [itself]
        #expect(throws: CheckpointError.tooFewWitnesses(expected: 1, found: 0)) {
            try checkpoint(by: rekor).verified(
                by: rekor.trusted(), in: .rekor2, witnesses: try requirement(1, itself))
        }
    }

    @Test
    func ignoresWitnessesThatNobodyTrusts() throws {
        var rekor = try SimulatedRekor(.rekor2, time: LogScene.time)
        let trusted = try SimulatedWitness(name: "one.example", time: LogScene.time)
        rekor.witnesses = [try SimulatedWitness(name: "one.example", time: LogScene.time)]
        #expect(throws: CheckpointError.tooFewWitnesses(expected: 1, found: 0)) {
            try checkpoint(by: rekor).verified(
                by: rekor.trusted(), in: .rekor2, witnesses: try requirement(1, trusted))
        }
        #expect(try checkpoint(by: rekor).verified(by: rekor.trusted(), in: .rekor2).cosignatures.isEmpty)
    }

    /// The time is signed, and so is the text: a cosignature of another tree or with another time is refused whole.
    @Test
    func rejectsFalseCosignatureOfATrustedWitness() throws {
        let rekor = try SimulatedRekor(.rekor2, time: LogScene.time)
        let witness = try SimulatedWitness(time: LogScene.time)
        let text = "log.example\n3\n\(Base64.encode(head.rootHash))\n"
        let sound = try witness.line(over: text)
        let value = try Base64.decode(String(try #require(sound.split(separator: " ").last)))
        var lines: [String] = [try witness.line(over: text + "more\n")]
        for place in [4, 11, 12, value.count - 1] {
            var changed = value
            changed[place] ^= 1
            lines.append("\u{2014} witness.example \(Base64.encode(changed))")
        }
        lines.append("\u{2014} witness.example \(Base64.encode(value + [0]))")
        lines.append("\u{2014} witness.example \(Base64.encode(Array(value.dropLast())))")
        var plain = rekor
        plain.foreignSignatureLines = [sound]
        let verified = try checkpoint(by: plain).verified(
            by: rekor.trusted(), in: .rekor2, witnesses: try requirement(1, witness))
        #expect(verified.cosignatures.count == 1)
        for line in lines {
            var changed = rekor
            changed.foreignSignatureLines = [line]
            #expect(throws: CheckpointError.invalidCosignature(witness: "witness.example")) {
                try checkpoint(by: changed).verified(
                    by: rekor.trusted(), in: .rekor2, witnesses: try requirement(1, witness))
            }
        }
    }

    @Test
    func rejectsCosignatureBeyondTime() throws {
        var rekor = try SimulatedRekor(.rekor2, time: LogScene.time)
        let key = try PrivateKey.generate(.ed25519)
        let witness = try SimulatedWitness(key: key, time: LogScene.time)
        let text = "log.example\n3\n\(Base64.encode(head.rootHash))\n"
        let keyID = try #require(witness.trusted).keyID.bytes
        for seconds in [UInt64.max, 1 << 63, 1 << 62, 253_402_300_800] {
            let stamp = (0..<8).map { UInt8(truncatingIfNeeded: seconds >> (56 - 8 * UInt64($0))) }
            let signature = try key.sign(Array("cosignature/v1\ntime \(seconds)\n\(text)".utf8))
            rekor.foreignSignatureLines = [
                "\u{2014} witness.example \(Base64.encode(keyID + stamp + signature))"
            ]
            #expect(throws: CheckpointError.invalidCosignature(witness: "witness.example")) {
                try checkpoint(by: rekor).verified(
                    by: rekor.trusted(), in: .rekor2, witnesses: try requirement(1, witness))
            }
        }
    }

    @Test
    func knowsOnlyEd25519Witnesses() throws {
        let key = try PrivateKey.generate(.ecdsaP256).publicKey
        #expect(TrustedWitness(name: "witness.example", publicKey: key) == nil)
        #expect(TrustedWitness(name: "", publicKey: try PrivateKey.generate(.ed25519).publicKey) == nil)
    }
}
