// StrictEncodingTests
