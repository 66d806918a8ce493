# Two commands do all set-up on a bare Debian or Ubuntu with Swift 6.2 or later: `make demo` and `make test`.

SWIFT ?= swift
# One scratch path for both configurations: debug links Swift's libraries dynamically, release statically.
SCRATCH ?= .build
PREFIX ?= /usr/local
DESTDIR ?=

DEBUG = $(SCRATCH)/debug/landwaiter
RELEASE = $(SCRATCH)/release/landwaiter
RELEASE_SERVER = $(SCRATCH)/release/landwaiter-server
# One file for each run: EVENTS-1.jsonl and so on.
EVENTS = $(SCRATCH)/test-events
SWIFT_SOURCES = Package.swift Sources Tests $(wildcard Benchmarks/Package.swift Benchmarks/Sources)

BIN = $(DESTDIR)$(PREFIX)/bin
# Where `landwaiter` looks for its other part, seen from its own place.
LIBEXEC = $(DESTDIR)$(PREFIX)/libexec/landwaiter
DOC = $(DESTDIR)$(PREFIX)/share/doc/landwaiter
BASH_COMPLETION = $(DESTDIR)$(PREFIX)/share/bash-completion/completions/landwaiter
ZSH_COMPLETION = $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_landwaiter
FISH_COMPLETION = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/landwaiter.fish

.PHONY: help
help:
	@echo 'make demo          install what is missing, build, show one admit and one reject'
	@echo 'make registry-demo the same on a registry: verify, promote, and the requests that they make'
	@echo 'make server-demo   the server with TLS, AdmissionReviews and notifications of a registry, on loopback'
	@echo 'make test          install what is missing, build, run all tests and the tests of policies/'
	@echo 'make build         build both programs and the library, debug'
	@echo 'make release       build both programs, optimised, with Swift linked statically'
	@echo 'make install       copy programs, completions and documents to PREFIX=$(PREFIX) (DESTDIR is honoured)'
	@echo 'make uninstall     remove what install copied'
	@echo 'make lint          check the form of all Swift files; make format mends it'
	@echo 'make check         the checks of CI that are no tests: architecture, must-not-compile, schemas, documents, tree'
	@echo 'make conformance   only the tests on testdata/ and on the kit at LANDWAITER_KIT (default ../shared/kit)'
	@echo 'make bench         run the benchmarks'
	@echo 'make docs          generate docs/reasons.md'
	@echo 'make testdata      generate testdata/'
	@echo 'make clean         remove everything that was built'

# Set-up

.PHONY: packages test-packages
packages:
	@Scripts/install-system-packages build
test-packages:
	@Scripts/install-system-packages build test

# Build

.PHONY: build build-tests release
build: packages
	$(SWIFT) build --scratch-path $(SCRATCH)
build-tests: test-packages
	$(SWIFT) build --scratch-path $(SCRATCH) --build-tests
release: packages
	$(SWIFT) build --scratch-path $(SCRATCH) -c release --static-swift-stdlib --product landwaiter -Xlinker -s
	$(SWIFT) build --scratch-path $(SCRATCH) -c release --static-swift-stdlib --product landwaiter-server -Xlinker -s

# Show and test

# A debug build: on a cold machine it is done in half the time of a release build.
.PHONY: demo
demo: packages
	$(SWIFT) build --scratch-path $(SCRATCH) --product landwaiter
	@Scripts/demo $(DEBUG)

# The same gate on a real registry: docker-registry on loopback.
.PHONY: registry-demo
registry-demo: test-packages
	$(SWIFT) build --scratch-path $(SCRATCH) --product landwaiter
	@Scripts/registry-demo.sh $(DEBUG)

# The server as a cluster and a registry use it.
.PHONY: server-demo
server-demo: test-packages
	$(SWIFT) build --scratch-path $(SCRATCH) --product landwaiter
	$(SWIFT) build --scratch-path $(SCRATCH) --product landwaiter-server
	@Scripts/server-demo.sh $(DEBUG)

# Tests that wait for servers on loopback have runs of their own, after the others: these hold all threads with
# arithmetic, for longer than a server may keep anybody waiting, and too many servers at once do as well.
REGISTRIES = ^(HTTPTransportTests|OCIDistributionTests|RegistrySimulatorTests)\.|HTTPSourceTests|RegistryCommandsTests|PromoteRegistryTests|RegistryDoctorCommandTests|ContainerdVerifierTests
DECIDING = ^AdmissionServiceTests\.
NOTIFICATIONS = ^AdmissionServerTests\.(Notification|DockerRegistryNotification)
SERVING = ^AdmissionServerTests\.
STORING = ^VerdictStorageTests\.
COMMANDING = ^LandwaiterServerCommandsTests\.
WAITING = $(REGISTRIES)|$(DECIDING)|$(SERVING)|$(STORING)|$(COMMANDING)
# The event streams, not the exit status alone, say what ran: a run without tests is no pass.
RUN_TESTS = $(SWIFT) test --scratch-path $(SCRATCH) --skip-build --disable-xctest --event-stream-version 0 \
	    --event-stream-output-path $(EVENTS)

.PHONY: test conformance
test: build-tests
	@rm -f $(EVENTS)*.jsonl; status=0; \
	$(RUN_TESTS)-1.jsonl --skip '$(WAITING)' || status=1; \
	$(RUN_TESTS)-2.jsonl --filter '$(REGISTRIES)' || status=1; \
	$(RUN_TESTS)-3.jsonl --filter '$(DECIDING)' || status=1; \
	$(RUN_TESTS)-4.jsonl --filter '$(NOTIFICATIONS)' || status=1; \
	$(RUN_TESTS)-5.jsonl --filter '$(SERVING)' --skip '$(NOTIFICATIONS)' || status=1; \
	$(RUN_TESTS)-6.jsonl --filter '$(STORING)' || status=1; \
	$(RUN_TESTS)-7.jsonl --filter '$(COMMANDING)' || status=1; \
	Scripts/summarize-tests $(patsubst %,$(EVENTS)-%.jsonl,1 2 3 4 5 6 7) || status=1; exit $$status
	$(DEBUG) policy test policies/
conformance: build-tests
	@rm -f $(EVENTS)*.jsonl; status=0; \
	$(RUN_TESTS)-1.jsonl --filter ConformanceTests || status=1; \
	Scripts/summarize-tests $(EVENTS)-1.jsonl || status=1; exit $$status

.PHONY: lint format check bench
lint:
	$(SWIFT) format lint --strict --parallel -r $(SWIFT_SOURCES)
format:
	$(SWIFT) format -i --parallel -r $(SWIFT_SOURCES)
check: build-tests
	Scripts/check-architecture --scratch-path $(SCRATCH) --binary $(DEBUG)
	Scripts/check-must-not-compile --scratch-path $(SCRATCH)
	Scripts/check-cases --landwaiter $(DEBUG)
	Scripts/check-policies $(DEBUG)
	Scripts/check-schemas
	Scripts/check-docs --landwaiter $(DEBUG)
	Scripts/embed-public-good-trust --check
	Scripts/embed-license-list --check
	Scripts/embed-openapi --check
	Scripts/check-deploy-ci $(DEBUG)
	Scripts/check-tree
bench: release test-packages
	@Scripts/bench $(RELEASE)

# Generate

.PHONY: docs testdata
docs: packages
	Scripts/embed-schemas
	$(SWIFT) build --scratch-path $(SCRATCH) --product landwaiter
	$(DEBUG) explain --all --markdown > docs/reasons.md.new
	mv docs/reasons.md.new docs/reasons.md
testdata: packages
	$(SWIFT) run --scratch-path $(SCRATCH) landwaiter-testdata testdata

# Install. Building is left to whoever calls: `make release`, then `sudo make install`. The examples' keys stay behind:
# their private halves are public, and an example that is copied as it is must not trust them.

$(RELEASE) $(RELEASE_SERVER):
	$(MAKE) release

.PHONY: install uninstall
install: $(RELEASE) $(RELEASE_SERVER)
	install -d $(BIN) $(LIBEXEC) $(DOC) $(dir $(BASH_COMPLETION) $(ZSH_COMPLETION) $(FISH_COMPLETION))
	install -m 755 $(RELEASE) $(BIN)/landwaiter
	install -m 755 $(RELEASE_SERVER) $(LIBEXEC)/landwaiter-server
	ln -sfn ../../bin/landwaiter $(LIBEXEC)/landwaiter-containerd-verifier
	$(RELEASE) --generate-completion-script bash > $(BASH_COMPLETION)
	$(RELEASE) --generate-completion-script zsh > $(ZSH_COMPLETION)
	$(RELEASE) --generate-completion-script fish > $(FISH_COMPLETION)
	install -m 644 LICENSE README.md CHANGELOG.md SECURITY.md $(DOC)
	cp -R docs policies $(DOC)
	find $(DOC)/policies -type d -name keys -prune -exec rm -rf {} +
	chmod -R u=rwX,go=rX $(DOC)
uninstall:
	rm -f $(BIN)/landwaiter $(BASH_COMPLETION) $(ZSH_COMPLETION) $(FISH_COMPLETION)
	rm -rf $(DOC) $(LIBEXEC)

.PHONY: clean
clean:
	rm -rf $(SCRATCH) Benchmarks/.build
