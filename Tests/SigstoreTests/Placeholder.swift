// SigstoreTests
