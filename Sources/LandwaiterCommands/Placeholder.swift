// LandwaiterCommands
