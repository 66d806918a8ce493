import LandwaiterCommands

@main
struct Root {
    static func main() async {
        await LandwaiterCommand.launch()
    }
}
