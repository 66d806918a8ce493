// LandwaiterCommandsTests
