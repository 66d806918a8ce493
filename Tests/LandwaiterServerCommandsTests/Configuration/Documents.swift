/// Documents that tests change one thing of.
enum Documents {
    /// As little as a server can have.
    static let small = """
        apiVersion: landwaiter.dev/v1
        kind: ServerConfiguration
        metadata: {name: test}
        spec:
          listeners:
            - {name: health, address: "127.0.0.1:0", surfaces: [health, metrics]}
          policies:
            sources: [{name: team, path: policies}]
          registries:
            hosts: [{host: registry.example}]
          store: {sqlite: verdicts.db}
          spool: {directory: spool}

        """

    /// Every field there is, or nearly.
    static let full = """
        apiVersion: landwaiter.dev/v1
        kind: ServerConfiguration
        metadata: {name: production, owner: platform}
        spec:
          listeners:
            - name: cluster
              address: "[::]:8443"
              tls:
                certificate: tls/tls.crt
                key: tls/tls.key
                clients:
                  authorities: [tls/clients.crt]
                  bundles: [{trustDomain: cluster.example, file: tls/bundle.json}]
                  required: true
              surfaces: [kubernetes-validate, kubernetes-mutate, gatekeeper, notification, api]
            - name: node
              socket: run/containerd.sock
              mode: "0660"
              surfaces: [containerd]
            - name: health
              address: 0.0.0.0:8080
              surfaces: [health, metrics]
          callers:
            kubernetes-validate: [{certificate: "dns:apiserver.cluster.example"}]
            kubernetes-mutate: [{certificate: "dns:apiserver.cluster.example"}]
            gatekeeper: [{certificate: "spiffe://cluster.example/ns/gatekeeper-system/**"}]
            containerd: [{unixUser: 1000}]
            api:
              - {token: people, subjects: [alice]}
              - {token: workloads, subjects: ["spiffe://cluster.example/ns/ci/sa/gate"]}
              - {secret: {name: dashboard, file: secrets/dashboard}}
          tokens:
            - name: people
              audience: landwaiter
              oidc: {issuer: "https://issuer.example", keys: tls/jwks.json}
            - name: workloads
              audience: landwaiter
              spiffe: {trustDomain: cluster.example, file: tls/bundle.json}
          policies:
            sources: [{name: payments, path: policies/payments}]
            guardrails: [{name: organisation, path: policies/guardrails}]
            reloadEvery: 20s
          trust:
            roots:
              - {builtIn: public-good}
              - {file: trust/private.json, profile: "logs:0,scts:0,timestamps:1"}
            stores: [{directory: trust/tuf, target: trusted_root.json, profile: github-private, refreshEvery: 6h}]
          registries:
            hosts:
              - {host: registry.example, mirrors: [mirror.example/hub]}
              - {host: "registry.example:5000", insecurePlainHTTP: true}
            authorities: [tls/registry.crt]
            clientCertificate: {certificate: tls/client.crt, key: tls/client.key}
            realms: [auth.example]
            credentials:
              shared: [secrets/config.json]
              tenants: [{name: finance, namespaces: [finance, ledger], files: [secrets/finance.json]}]
            contentCache: cache
          store: {postgres: {conninfoFile: secrets/conninfo}}
          spool: {directory: spool, mostBytes: 1GiB}
          decisions: {deadline: 9s, longest: 20s, concurrent: 16, queued: 64}
          cache: {mostBytes: 64MiB, listFreshFor: 60s, grace: 30m, absentFor: 2s}
          kubernetes: {pinPods: true, pinTemplates: false, kinds: ["Rollout=/spec/template/spec"]}
          notifications:
            registries:
              - name: harbor
                host: registry.example
                format: harbor
                header: {name: authorization, file: secrets/harbor}
                repositories: ["finance/**"]
                destinations: [{repositories: ["finance/*"], namespaces: [finance]}]
                judgesUntagged: true
              - name: other
                host: "registry.example:5000"
                format: mapped
                mapping: {repository: /target/repository, tag: /target/tag, action: /action, pushes: [push]}
                signature: {header: x-signature, prefix: "sha256=", encoding: hex, file: secrets/hmac}
                repositories: ["**"]
            receivers: [{name: chat, url: "https://chat.example/hook", file: secrets/chat, images: ["**"]}]
            workers: 4
            queued: 500
          log: {format: json, level: notice}
          runbooks: https://runbooks.example/landwaiter
          shutdown: {lameDuck: 3s, drain: 20s}

        """
}
