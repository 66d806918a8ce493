import Kubernetes
import StrictEncoding
import Testing

@Suite struct WorkloadImagesTests {
    /// A workload of each kind around the same pod.
    static func manifest(_ kind: String, around pod: String) -> String {
        let indented = { (text: String, by: Int) in
            text.split(separator: "\n").map { String(repeating: " ", count: by) + $0 }.joined(separator: "\n")
        }
        let head = "apiVersion: v1\nkind: \(kind)\nmetadata: {name: ledger, namespace: finance}\n"
        switch kind {
        case "Pod": return head + "spec:\n" + indented(pod, 2)
        case "PodTemplate": return head + "template:\n  spec:\n" + indented(pod, 4)
        case "CronJob":
            return head + "spec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n" + indented(pod, 10)
        default: return head + "spec:\n  template:\n    spec:\n" + indented(pod, 6)
        }
    }

    static let pod = """
        containers:
        - name: app
          image: registry.example/app:v1
        - {name: side, image: registry.example/side@sha256:0}
        initContainers:
        - name: init
          image: registry.example/init
        ephemeralContainers:
        - name: debug
          image: registry.example/debug:1
        volumes:
        - name: data
          emptyDir: {}
        - name: models
          image: {reference: registry.example/models:v3, pullPolicy: Always}
        """

    /// The same object as a request carries it.
    static func findRequested(
        _ text: String, kinds: WorkloadKinds = WorkloadKinds(), most: Int = .max
    ) throws -> WorkloadImages {
        let document = try #require(try ManifestFile.documents(Array(text.utf8)).first)
        var found = WorkloadImages(kinds: kinds, most: most)
        try found.add(requested: JSONDocument(parsing: document.value.canonicalBytes()).root)
        return found
    }

    static func find(_ text: String, kinds: WorkloadKinds = WorkloadKinds()) throws -> WorkloadImages {
        var found = WorkloadImages(kinds: kinds)
        for (number, document) in try ManifestFile.documents(Array(text.utf8)).enumerated() {
            try found.add(document.value, document: number)
        }
        return found
    }

    @Test(arguments: [
        "Pod", "PodTemplate", "Deployment", "ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet", "Job",
        "CronJob",
    ])
    func findsEveryImageOfEveryWorkload(_ kind: String) throws {
        let found = try Self.find(Self.manifest(kind, around: Self.pod))
        #expect(
            found.images.map(\.text) == [
                "registry.example/app:v1", "registry.example/side@sha256:0", "registry.example/init",
                "registry.example/debug:1", "registry.example/models:v3",
            ])
        #expect(
            found.images.map(\.role) == [.container, .container, .initContainer, .ephemeralContainer, .volume])
        #expect(found.images.allSatisfy { $0.object.namespace == "finance" && $0.object.kind == kind })
        #expect(found.images[0].user == "\(kind) finance/ledger, container app")
        #expect(found.images[2].pointer.hasSuffix("/spec/initContainers/0/image"))
        #expect(found.images[4].pointer.hasSuffix("/spec/volumes/1/image/reference"))
        #expect(found.unread.isEmpty && found.objects == 1)
        // A gate that is asked about the object finds what a batch run finds in its manifest.
        #expect(try Self.findRequested(Self.manifest(kind, around: Self.pod)).images == found.images)
    }

    @Test func pointersLeadToTheImage() throws {
        for kind in ["Pod", "CronJob"] {
            let text = Self.manifest(kind, around: Self.pod)
            let document = try #require(try ManifestFile.documents(Array(text.utf8)).first)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            for image in try Self.find(text).images {
                var value: JSONTree? = document.value
                for step in image.pointer.split(separator: "/") {
                    if case .array(let elements)? = value, let index = Int(step) {
                        value = elements[index]
                    } else {
                        value = value?[String(step)]
                    }
                }
                #expect(value == .string(image.text))
                #expect(lines[document.line(of: image.pointer) - 1].contains(image.text), "\(image.pointer)")
            }
        }
    }

    @Test func listsAreReadThrough() throws {
        let found = try Self.find(
            """
            {"apiVersion": "v1", "kind": "List", "items": [
              {"kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [{"name": "c", "image": "one"}]}},
              {"kind": "Service", "spec": {"ports": []}}
            ]}
            """)
        #expect(found.images.map(\.text) == ["one"] && found.objects == 2)
        #expect(found.images[0].pointer == "/items/0/spec/containers/0/image")
        let typed = try Self.find("kind: PodList\nitems: [{spec: {containers: [{image: two}]}}]")
        #expect(typed.images.map(\.text) == ["two"])
        #expect(typed.images[0].object.kind == "Pod")
    }

    @Test func documentsAreReadOneByOne() throws {
        let text =
            "---\n# nothing\n---\nkind: ConfigMap\ndata: {a: b}\n---\n" + Self.manifest("Pod", around: Self.pod)
            + "\n---\n" + Self.manifest("Job", around: Self.pod) + "\n...\n"
        let found = try Self.find(text)
        #expect(found.images.count == 10 && found.images.map(\.object.document).max() == 2)
    }

    @Test func aContainerWithoutImageIsNotPassedOver() throws {
        for container in ["{name: a}", "{name: a, image: }", "{name: a, image: ''}"] {
            let found = try Self.find("kind: Pod\nspec: {containers: [\(container)]}")
            #expect(found.images.map(\.text) == [""], "\(container)")
        }
        let volume = try Self.find("kind: Pod\nspec: {volumes: [{name: v, image: {pullPolicy: Always}}]}")
        #expect(volume.images.map(\.text) == [""])
    }

    @Test(arguments: [
        ("kind: Pod\nspec: {containers: {a: 1}}", WorkloadError.notAList(pointer: "/spec/containers")),
        ("kind: Pod\nspec: {containers: [a]}", .notAnObject(pointer: "/spec/containers/0")),
        ("kind: Pod\nspec: {containers: [{image: 1}]}", .notText(pointer: "/spec/containers/0/image")),
        ("kind: Pod\nspec: {containers: [{image: [a]}]}", .notText(pointer: "/spec/containers/0/image")),
        ("kind: Pod\nspec: a", .notAnObject(pointer: "/spec")),
        ("kind: Pod\nspec: {volumes: [{image: a}]}", .notAnObject(pointer: "/spec/volumes/0/image")),
        ("kind: Pod\nmetadata: {namespace: [a]}\nspec: {}", .notText(pointer: "/metadata/namespace")),
        ("spec: {containers: []}", .noKind(pointer: "")), ("kind: 1", .noKind(pointer: "")),
        ("- a", .notAnObject(pointer: "")), ("a", .notAnObject(pointer: "")),
        ("kind: List\nitems: [{kind: List, items: []}]", .listInList(pointer: "/items/0")),
        ("kind: List\nitems: {}", .notAList(pointer: "/items")),
        ("kind: List\nitems: [1]", .notAnObject(pointer: "/items/0")),
    ])
    func refusesWhatHasAnotherShape(_ text: String, _ error: WorkloadError) {
        #expect(throws: error) { try Self.find(text) }
        if !text.hasPrefix("kind: List") { #expect(throws: error) { try Self.findRequested(text) } }
        #expect(error.message.hasPrefix("expected "))
    }

    /// The name of a member stands in the place of each image below it: two megabytes of an object would become as many
    /// gigabytes of places.
    @Test func aLongNameIsNotRepeatedForEachImage() throws {
        var kinds = WorkloadKinds()
        try kinds.add("Farm=/spec/*/pods/*/spec")
        try kinds.add("Shelf=image:/spec/*")
        func images(_ kind: String, _ spec: JSONTree) throws -> WorkloadImages {
            var found = WorkloadImages(kinds: kinds, most: 100)
            try found.add(["apiVersion": "example.dev/v1", "kind": .string(kind), "spec": spec])
            return found
        }
        let pods: JSONTree = ["pods": [["spec": ["containers": [["image": "a"], ["image": "b"]]]]]]
        func farm(_ length: Int) -> JSONTree { .object([ExactString(String(repeating: "k", count: length)): pods]) }
        #expect(try images("Farm", farm(512)).images.map(\.text) == ["a", "b"])
        #expect(throws: WorkloadError.longName(limit: 512)) { try images("Farm", farm(513)) }
        // What is chosen is counted as it is chosen, not once all of it is there.
        let many = JSONTree.array(Array(repeating: "a", count: 101))
        #expect(throws: WorkloadError.tooMany(limit: 100)) { try images("Shelf", many) }
        #expect(throws: WorkloadError.tooMany(limit: 100)) {
            try images("Shelf", .array(Array(repeating: 5, count: 101)))
        }
    }

    @Test func moreContainersThanTheLimitAreRefused() throws {
        let pod = "kind: Pod\nspec: {containers: [{image: a}, {image: b}], initContainers: [{image: c}]}"
        #expect(try Self.findRequested(pod, most: 3).images.count == 3)
        #expect(throws: WorkloadError.tooMany(limit: 2)) { try Self.findRequested(pod, most: 2) }
    }

    @Test func aRequestedObjectIsNeverAList() throws {
        // `AllowList` is a kind as any other; a list that runs pods is not passed over.
        let custom = try Self.findRequested("kind: AllowList\nitems: {a: b}")
        #expect(custom.images.isEmpty && custom.unread.isEmpty && custom.objects == 1)
        let pods = try Self.findRequested("kind: PodList\nitems: [{kind: Pod, spec: {containers: [{image: a}]}}]")
        #expect(pods.images.isEmpty && pods.unread.map(\.kind) == ["PodList"])
    }

    @Test func whoHasNoNameYetIsCalledByItsPrefix() throws {
        let found = try Self.find(
            "kind: Pod\nmetadata: {name: '', generateName: ledger-}\nspec: {containers: [{image: a}]}")
        #expect(found.images.map(\.object.name) == ["ledger-"])
    }

    // MARK: Kinds that are not Kubernetes' own

    private static let rollout = """
        kind: Rollout
        metadata: {name: r}
        spec: {template: {spec: {containers: [{name: c, image: one}]}}}
        """

    @Test func unknownWorkloadsAreNeverSilent() throws {
        let found = try Self.find(Self.rollout)
        #expect(found.images.isEmpty && found.unread.map(\.kind) == ["Rollout"])
        let deep = try Self.find("kind: Pipeline\nspec: {tasks: [{steps: [{image: one}]}]}")
        #expect(deep.unread.map(\.description) == ["Pipeline without a name"])
        #expect(try Self.find("kind: ConfigMap\ndata: {containers: many}").unread.isEmpty)
        // A known kind that is shaped otherwise.
        #expect(try Self.find("kind: Job\nspec: {containers: [{image: one}]}").unread.count == 1)
    }

    /// An empty pod in the place that is known hides none in another.
    @Test(arguments: [
        #"{"template": {"spec": {}}, "tasks": [{"template": {"spec": {"containers": [{"image": "a"}]}}}]}"#,
        #"{"template": {"spec": {"containers": []}}, "tasks": [{"spec": {"containers": [{"image": "a"}]}}]}"#,
        #"{"template": {"spec": {"volumes": [{"name": "a"}]}}, "steps": [{"image": "a"}]}"#,
    ])
    func anEmptyPodHidesNoOther(_ spec: String) throws {
        var found = WorkloadImages()
        let text = #"{"apiVersion": "batch.example.dev/v1", "kind": "Job", "spec": \#(spec)}"#
        try found.add(requested: JSONDocument(parsing: Array(text.utf8)).root)
        #expect(found.images.isEmpty)
        #expect(found.unread.map(\.kind) == ["Job"])
    }

    @Test func aWorkloadWithoutContainersIsNoUnreadOne() throws {
        var found = WorkloadImages()
        let text = #"{"kind": "Deployment", "spec": {"template": {"spec": {"containers": []}}}}"#
        try found.add(requested: JSONDocument(parsing: Array(text.utf8)).root)
        #expect(found.images.isEmpty && found.unread.isEmpty)
    }

    @Test func kindsCanBeAdded() throws {
        var kinds = WorkloadKinds()
        try kinds.add("Rollout=/spec/template/spec")
        try kinds.add("JobSet=/spec/replicatedJobs/*/template/spec/template/spec")
        try kinds.add("Odd=/a~1b/*")
        let found = try Self.find(
            Self.rollout + "\n---\nkind: JobSet\nspec: {replicatedJobs: [{template: {spec: {template: {spec: "
                + "{containers: [{image: two}]}}}}}, {template: {spec: {template: {spec: {initContainers: "
                + "[{image: three}]}}}}}]}\n---\nkind: Odd\na/b: {x: {containers: [{image: four}]}}",
            kinds: kinds)
        #expect(found.images.map(\.text) == ["one", "two", "three", "four"] && found.unread.isEmpty)
        #expect(found.images[3].pointer == "/a~1b/x/containers/0/image")
        let odd = try Self.findRequested("kind: Odd\na/b: {x: {containers: [{image: four}]}}", kinds: kinds)
        #expect(odd.images.map(\.pointer) == ["/a~1b/x/containers/0/image"])
    }

    @Test func imagesOutsideOfPodsCanBeAdded() throws {
        var kinds = WorkloadKinds()
        try kinds.add("Task=image:/spec/steps/*/image")
        try kinds.add("Task=image:/spec/stepTemplate/image")
        let task = { (image: String) in
            "kind: Task\nmetadata: {name: build}\nspec: {steps: [{name: s, image: one}, {image: \(image)}, {script: a}]}"
        }
        for found in [try Self.find(task("two"), kinds: kinds), try Self.findRequested(task("two"), kinds: kinds)] {
            #expect(found.images.map(\.text) == ["one", "two"] && found.unread.isEmpty)
            #expect(found.images.map(\.role) == [.field, .field])
            #expect(found.images[1].user == "Task build, field /spec/steps/1/image")
        }
        // What is no text is no way to hide an image.
        for hidden in ["{reference: two}", "[two]", "5"] {
            #expect(throws: WorkloadError.notText(pointer: "/spec/steps/1/image")) {
                try Self.find(task(hidden), kinds: kinds)
            }
        }
        #expect(try Self.find("kind: Task\nspec: {sidecars: [{image: a}]}", kinds: kinds).unread.count == 1)
    }

    @Test(arguments: [
        "", "Rollout", "=/spec", "Rollout=", "Rollout=spec", "Rollout=/", "Rollout=/a//b", "R=/a~2", "R=/~",
        "R=image:", "R=image:spec", "R=images:/spec", "=image:/spec", "image:/spec",
    ])
    func refusesWhatIsNoPlaceOfPods(_ text: String) {
        var kinds = WorkloadKinds()
        #expect(throws: WorkloadKindError.form(text)) { try kinds.add(text) }
    }
}
