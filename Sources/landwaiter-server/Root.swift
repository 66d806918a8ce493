import LandwaiterServerCommands

@main
struct Root {
    static func main() async {
        await LandwaiterServerCommand.launch()
    }
}
