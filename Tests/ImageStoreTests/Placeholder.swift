// ImageStoreTests
