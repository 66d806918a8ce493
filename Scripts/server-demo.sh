#!/bin/sh
# Shows the server as a cluster and a registry use it, on loopback: docker-registry with the images of testdata/finance,
# `landwaiter serve` with TLS and client certificates, AdmissionReviews posted with curl.
#
#   Scripts/server-demo.sh [LANDWAITER]
#
# From a bare clone it installs what is missing and builds the programs; with LANDWAITER it takes that one, with its
# server part beside it. Exits 0 only if every answer is as it says.
set -eu
cd "$(dirname "$0")/.."

landwaiter=${1:-}
if [ -z "$landwaiter" ]; then
    Scripts/install-system-packages build test
    swift build --scratch-path "${SCRATCH:-.build}" --product landwaiter
    swift build --scratch-path "${SCRATCH:-.build}" --product landwaiter-server
    landwaiter=${SCRATCH:-.build}/debug/landwaiter
fi
for program in curl openssl python3; do
    command -v "$program" >/dev/null || { echo "$program is missing; try: Scripts/install-system-packages test" >&2; exit 69; }
done

# Starts itself again beside a registry that tells the server of what is pushed.
if [ -z "${REGISTRY:-}" ]; then
    ports=$(Scripts/free-ports 2)
    export WEBHOOK_PORT="${ports% *}" HEALTH_PORT="${ports#* }"
    export REGISTRY_NOTIFICATIONS="http://127.0.0.1:$HEALTH_PORT/v1/notifications/demo"
    export REGISTRY_NOTIFICATION_SECRET="demo-$(openssl rand -hex 8)"
    exec Scripts/with-registry "$0" "$landwaiter"
fi

work=$(mktemp -d)
server=
finish() {
    status=$?
    trap - EXIT
    if [ -n "$server" ]; then
        kill -KILL "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    [ "$status" -eq 0 ] || { echo "--- log of the server" >&2; tail -n 8 "$work/server.log" | cut -c 1-400 >&2 || true; }
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM
fail() { echo "server-demo: $*" >&2; exit 1; }

# An authority of this moment; the server's certificate, the API server's, and a stranger's that it signed as well.
(
    cd "$work"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=demo authority" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign -keyout ca.key -out ca.crt
    certify() { # NAME SAN USE
        openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$1.key" -out "$1.csr"
        printf 'subjectAltName=%s\nextendedKeyUsage=%s\nkeyUsage=critical,digitalSignature\nbasicConstraints=critical,CA:FALSE\n' \
            "$2" "$3" >"$1.ext"
        openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 1 -extfile "$1.ext" -out "$1.crt"
    }
    certify server DNS:localhost,IP:127.0.0.1 serverAuth
    certify kube-apiserver DNS:kube-apiserver.example clientAuth
    certify stranger DNS:stranger.example clientAuth
) >"$work/openssl.log" 2>&1 || { cat "$work/openssl.log" >&2; fail "no certificates"; }
printf '%s' "$REGISTRY_NOTIFICATION_SECRET" >"$work/registry-secret"
chmod 600 "$work/registry-secret"

mkdir "$work/policies" "$work/warning" "$work/state"
cp -R policies/finance/policy.yaml policies/finance/keys "$work/policies/"
sed -e 's/name: finance/name: trial/' -e 's/stage: enforce/stage: warn/' -e 's/namespaces: \[finance\]/namespaces: [trial]/' \
    policies/finance/policy.yaml >"$work/warning/policy.yaml"
cp -R policies/finance/keys "$work/warning/"
# Each case of testdata/ has a log and an authority of its own.
for case in admitted unsigned; do
    root=testdata/finance/$case/trusted_root.json
    [ -f "$root" ] || root=testdata/finance/${case}_fail/trusted_root.json
    cp "$root" "$work/$case.json"
done
cat >"$work/server.yaml" <<END
apiVersion: landwaiter.dev/v1
kind: ServerConfiguration
metadata: {name: demo}
spec:
  listeners:
    - name: webhook
      address: "127.0.0.1:$WEBHOOK_PORT"
      tls: {certificate: server.crt, key: server.key, clients: {authorities: [ca.crt]}}
      surfaces: [kubernetes-validate, kubernetes-mutate, api, gatekeeper]
    - name: inside
      address: "127.0.0.1:$HEALTH_PORT"
      insecurePlaintext: true
      surfaces: [health, metrics, notification]
    - {name: verifier, socket: state/verifier.sock, surfaces: [containerd]}
  callers:
    kubernetes-validate: [{certificate: "dns:kube-apiserver.example"}]
    kubernetes-mutate: [{certificate: "dns:kube-apiserver.example"}]
    gatekeeper: [{certificate: "dns:kube-apiserver.example"}]
    api: [{certificate: "dns:kube-apiserver.example"}]
    containerd: [{unixUser: "$(id -u)"}]
  policies:
    sources: [{name: finance, path: policies}, {name: trial, path: warning}]
    reloadEvery: 1s
  trust: {roots: [{file: admitted.json}, {file: unsigned.json}]}
  registries:
    hosts:
      - {host: "$REGISTRY"}
      # Where the approved base image is said to lie; here the same registry has it.
      - {host: registry.example, mirrors: ["$REGISTRY"]}
  store: {sqlite: state/verdicts.sqlite}
  spool: {directory: state/spool}
  kubernetes: {pinPods: true}
  notifications:
    registries:
      - name: demo
        host: "$REGISTRY"
        format: distribution
        header: {name: Landwaiter-Secret, file: registry-secret}
        repositories: ["finance/**"]
        destinations: [{repositories: ["finance/**"], namespaces: [finance]}]
  shutdown: {lameDuck: 1s, drain: 10s}
END

echo "What would be served:"
"$landwaiter" serve --config "$work/server.yaml" --check
"$landwaiter" serve --config "$work/server.yaml" >"$work/server.log" 2>&1 &
server=$!
ready=
for _ in $(seq 300); do
    kill -0 "$server" 2>/dev/null || fail "the server ended"
    ready=$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$HEALTH_PORT/readyz" || true)
    [ "$ready" != 200 ] || break
    sleep 0.1
done
[ "$ready" = 200 ] || fail "the server is not ready: $ready"

digest_of() { skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$1"; }
admitted=$REGISTRY/finance/admitted:v1 unsigned=$REGISTRY/finance/unsigned:v1
digest=$(digest_of "$admitted") bad=$(digest_of "$unsigned")

printf '\nWhat was pushed is decided before anyone asks.\n'
for _ in $(seq 200); do
    "$landwaiter" audit "$digest" --config "$work/server.yaml" >"$work/audit.txt" 2>&1 || true
    ! grep -q notification "$work/audit.txt" || break
    sleep 0.2
done
grep -q notification "$work/audit.txt" || { cat "$work/audit.txt" >&2; fail "no decision came of the registry's notification"; }
cat "$work/audit.txt"

post() { # PATH FILE, and more for curl
    path=$1 file=$2
    shift 2
    curl -sS --cacert "$work/ca.crt" --cert "$work/kube-apiserver.crt" --key "$work/kube-apiserver.key" \
        -H 'content-type: application/json' --data-binary "@$file" "$@" "https://localhost:$WEBHOOK_PORT$path"
}
# What an answer says, by a Python expression on its `response`.
says() {
    python3 -c 'import base64, json, sys
response = json.load(open(sys.argv[1]))["response"]
patch = json.loads(base64.b64decode(response["patch"])) if "patch" in response else []
status = response.get("status", {})
sys.exit(0 if eval(sys.argv[2]) else 1)' "$1" "$2"
}
review() { # EXPECTATION PATH DESCRIPTION ARGUMENTS…
    expected=$1 path=$2 what=$3
    shift 3
    Scripts/admission-review "$@" >"$work/review.json"
    post "/v1/kubernetes/$path" "$work/review.json" >"$work/answer.json"
    if says "$work/answer.json" "response['uid'] == '705ab4f5-6393-11e8-b7cc-42010a800002' and ($expected)"; then
        printf '  %-9s %s\n' "$path" "$what"
    else
        python3 -m json.tool "$work/answer.json" >&2
        fail "$what: expected $expected"
    fi
}
allowed='response["allowed"] and not response.get("warnings")'
denied='not response["allowed"] and status["code"] == 403 and "signature.none" in status["message"]'

printf '\nAdmissionReviews, with the right answers:\n'
pinned=${admitted}@$digest
review "$allowed and [p['value'] for p in patch if p['op'] == 'replace'] == ['$pinned']" mutate \
    "a Pod is pinned to the digest that was verified" pod "$admitted"
review "$allowed and not patch" mutate "a pinned Pod stays as it is" pod "$pinned"
review "not patch" mutate "what is not admitted is not pinned" pod "$unsigned"
review "$allowed" validate "the pinned Pod is let in" pod "$pinned"
review 'not response["allowed"] and "service.unpinned-reference" in status["message"]' validate \
    "the same Pod without the digest is not" pod "$admitted"
review "$denied" validate "an unsigned image is denied, with what would mend it" pod "$unsigned"
cp "$work/answer.json" "$work/denied.json"
review "$allowed" validate "a Deployment, which is not pinned" deployment "$admitted"
review "$denied" validate "a Deployment of an unsigned image" deployment "$unsigned"
review "$allowed" validate "a StatefulSet" statefulset "$admitted"
review "$denied" validate "a CronJob of an unsigned image" cronjob "$unsigned"
review "$denied" validate "an unsigned init container" init-container "$unsigned@$bad" --beside "$pinned"
review "$denied" validate "an unsigned image volume" image-volume "$unsigned@$bad" --beside "$pinned"
review "$denied" validate "an unsigned ephemeral container" ephemeral-container "$unsigned@$bad" --beside "$pinned"
review "$allowed" validate "an ephemeral container that is signed" ephemeral-container "$pinned" --beside "$pinned"
review "$allowed" validate "what doesn't comply can be scaled down" scale "$unsigned"
review "$allowed" validate "and deleted" pod "$unsigned" --operation DELETE
review "$allowed" validate "and its status written" status "$unsigned"
review "$allowed" validate "and its finalizer removed" finalizer "$unsigned"
review "$allowed" validate "an update that changes no image" deployment "$unsigned" --operation UPDATE
review "$denied" validate "an update to an unsigned image" deployment "$unsigned" --operation UPDATE --old-image "$admitted"
review "$denied" validate "a dry run, which leaves no trace" pod "$unsigned" --dry-run
review 'response["allowed"] and any("signature.none" in line for line in response["warnings"])' validate \
    "a namespace whose policy only warns" pod "$unsigned" --namespace trial
review 'not response["allowed"] and "policy.none-matches" in status["message"]' validate \
    "a namespace without any policy" pod "$admitted" --namespace nowhere
review 'not response["allowed"] and "service.registry-not-configured" in status["message"]' validate \
    "a registry that nobody configured is never asked" pod "elsewhere.example/finance/ledger:v1"
printf '\nThe denial, as kubectl shows it:\n'
python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["response"]["status"]["message"])' "$work/denied.json" | sed 's/^/  /'

printf '\nWho may not ask:\n'
Scripts/admission-review pod "$pinned" >"$work/review.json"
refused() { # STATUS DESCRIPTION CURL-ARGUMENTS…
    expected=$1 what=$2
    shift 2
    status=$(curl -s -o /dev/null -w '%{http_code}' --cacert "$work/ca.crt" "$@" -H 'content-type: application/json' \
        --data-binary "@$work/review.json" "https://localhost:$WEBHOOK_PORT/v1/kubernetes/validate" || true)
    [ "$status" = "$expected" ] || fail "$what: expected status $expected, found $status"
    echo "  $status $what"
}
refused 401 "nobody in particular"
refused 403 "another client of the same authority" --cert "$work/stranger.crt" --key "$work/stranger.key"
status=$(curl -s -o /dev/null -w '%{http_code}' -H 'content-type: application/json' --data-binary '{"events": []}' \
    "$REGISTRY_NOTIFICATIONS")
[ "$status" = 401 ] || fail "a notification without the secret: expected status 401, found $status"
echo "  401 a notification without the registry's secret"

printf '\nPolicies are loaded anew; a broken one changes nothing.\n'
echo 'kind: [' >"$work/policies/broken.yaml"
for _ in $(seq 100); do
    curl -s "http://127.0.0.1:$HEALTH_PORT/metrics" | grep -q '^landwaiter_material_reload_failures_total [1-9]' && break
    sleep 0.1
done
curl -s "http://127.0.0.1:$HEALTH_PORT/metrics" | grep '^landwaiter_material_reload_failures_total [1-9]' ||
    fail "the broken policy was not noticed"
review "$allowed" validate "the pinned Pod is let in" pod "$pinned"
rm "$work/policies/broken.yaml"

printf '\nThe verifier that containerd calls asks over the socket:\n'
printf -- '--server %s\n' "$work/state/verifier.sock" >"$work/verifier.conf"
ln -s "$(realpath "$landwaiter")" "$work/landwaiter-containerd-verifier"
media=application/vnd.oci.descriptor.v1+json
printf '{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"%s","size":1}' "$bad" >"$work/descriptor.json"
status=0
LANDWAITER_CONTAINERD_VERIFIER=$work/verifier.conf "$work/landwaiter-containerd-verifier" \
    -name "$unsigned" -digest "$bad" -stdin-media-type "$media" <"$work/descriptor.json" || status=$?
[ "$status" -eq 1 ] || fail "expected the verifier to block with status 1, found $status"

printf '\nWhat was decided, where, by whom asked:\n'
"$landwaiter" audit "$bad" --config "$work/server.yaml" >"$work/audit.txt"
head -n 40 "$work/audit.txt"
for surface in kubernetes-validate kubernetes-mutate notification; do
    grep -q "$surface" "$work/audit.txt" || fail "audit does not show $surface"
done
"$landwaiter" audit list --config "$work/server.yaml" --verdict reject --output json >"$work/list.json"
"$landwaiter" audit export --config "$work/server.yaml" >"$work/export.jsonl"
lines=$(wc -l <"$work/export.jsonl")
[ "$lines" -gt 20 ] || fail "expected more than 20 verdicts, found $lines"
echo "$lines verdicts can be exported"
printf '\nWhat would break at the next stage:\n'
# Status 1: something would break at the next stage.
"$landwaiter" rollout status --config "$work/server.yaml" || [ $? -eq 1 ]

kill -TERM "$server"
status=0
wait "$server" || status=$?
server=
[ "$status" -eq 0 ] || fail "expected the server to drain and end with status 0, found $status"
printf '\nThe server has drained and ended.\n'
"$landwaiter" audit "$digest" --config "$work/server.yaml" >/dev/null || fail "the verdicts are gone"
