// AttestationTests
