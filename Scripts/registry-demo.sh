#!/bin/sh
# Shows the gate on a real registry: docker-registry on loopback with the images of testdata/finance.
#
#   Scripts/registry-demo.sh [LANDWAITER]
#
# From a bare clone it installs what is missing and builds the program; with LANDWAITER it takes that one. Verifies an
# image that is admitted and one that is not, by tag and by digest, promotes both, and counts the requests of each
# command in the registry's log. Exits 0 only if everything ends as it says.
set -eu
cd "$(dirname "$0")/.."

landwaiter=${1:-}
if [ -z "$landwaiter" ]; then
    Scripts/install-system-packages build test
    swift build --scratch-path "${SCRATCH:-.build}" --product landwaiter
    landwaiter=${SCRATCH:-.build}/debug/landwaiter
fi
# Starts itself again beside a registry.
[ -n "${REGISTRY:-}" ] || exec Scripts/with-registry "$0" "$landwaiter"

fail() { echo "registry-demo: $*" >&2; exit 1; }

# The registry writes a line after an answer has left.
requests() {
    sleep 0.3
    wc -l <"$REGISTRY_ACCESS_LOG"
}

# Counts lines of the access log by method, kind and status.
summary() {
    sed -n 's/^[^"]*"\([A-Z]*\) \([^ ?]*\)[^"]*" \([0-9]*\).*/\1 \2 \3/p' | awk '
        $2 ~ /\/blobs\/uploads\// { kind = "uploads" } $2 ~ /\/blobs\/[a-z0-9]*:/ { kind = "blobs" }
        $2 ~ /\/manifests\/[a-z0-9]*:/ { kind = "manifests by digest" }
        $2 ~ /\/manifests\/[^:]*$/ { kind = "manifests by tag" }
        $2 ~ /\/manifests\/sha[0-9]*-/ { kind = "manifests by a tag of evidence" }
        $2 ~ /\/referrers\// { kind = "referrers" } $2 ~ /\/v2\/?$/ { kind = "/v2/" }
        { count[$1 " " kind ", " $3]++ }
        END { for (line in count) printf "    %3d  %s\n", count[line], line }' | sort -k2
}

# Prints the command as a reader can copy it, runs it, compares its exit status with the first argument, and says what it
# asked the registry for.
show() {
    expected=$1
    shift
    printf '\n$ landwaiter'
    printf ' %s' "$@"
    printf '\n'
    before=$(requests)
    status=0
    "$landwaiter" "$@" || status=$?
    after=$(requests)
    echo "exit status $status; $((after - before)) requests:"
    tail -n "+$((before + 1))" "$REGISTRY_ACCESS_LOG" | summary
    [ "$status" -eq "$expected" ] || fail "expected exit status $expected"
}

digest_of() { skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$1"; }
is_there() { skopeo inspect --raw --tls-verify=false "docker://$1" >/dev/null 2>&1; }

finance() { # EXPECTED COMMAND NAME ARGUMENTS…
    expected=$1 command=$2 name=$3
    shift 3
    namespace=$(sed -n 's/.*"namespace" : "\([^"]*\)".*/\1/p' "testdata/finance/$name/expect.json")
    show "$expected" "$command" "$@" --policy policies/finance --namespace "$namespace" \
        --base oci:testdata/bases/debian:v12 --trusted-root "testdata/finance/$name/trusted_root.json"
}

admitted=$REGISTRY/finance/admitted unsigned=$REGISTRY/finance/unsigned production=$REGISTRY/production/ledger
echo "Only containers built by our pipeline, on approved base images and signed with our corporate key may run in finance."
digest=$(digest_of "$admitted:v1")
finance 0 verify admitted "$admitted:v1"
finance 0 verify admitted "$admitted@$digest"
finance 1 verify unsigned_fail "$unsigned:v1"

printf '\nOnly what is admitted is copied to production, with its evidence.\n'
finance 0 promote admitted "$admitted:v1" "$production:v1.4.0"
[ "$(digest_of "$production:v1.4.0")" = "$digest" ] || fail "another digest was promoted"
echo "skopeo reads $production:v1.4.0: $digest"
finance 0 verify admitted "$production:v1.4.0"
shown=$(mktemp)
trap 'rm -f "$shown"' EXIT
for directory in testdata/finance/*_fail; do
    name=$(basename "$directory")
    target=$production-${name%_fail}:v1
    (finance 1 promote "$name" "$REGISTRY/finance/${name%_fail}:v1" "$target") >"$shown" 2>&1 || {
        cat "$shown"
        exit 1
    }
    ! is_there "$target" || fail "$target is there"
    echo "refused, and nothing written: ${name%_fail}"
done

printf '\nSignatures that are written here are found again, in either form; skopeo reads them too.\n'
keys=$(mktemp -d)
trap 'rm -rf "$shown" "$keys"' EXIT
show 0 key generate "$keys/demo" --insecure-no-passphrase
base=$REGISTRY/base/debian
digest=$(digest_of "$base:v12")
show 0 sign "$base:v12" --key "$keys/demo.key"
show 0 verify "$base@$digest" --key "$keys/demo.pub"
is_there "$base:$(echo "$digest" | tr : -)" || fail "the list of referrers is not there"
show 0 sign "$unsigned:v1" --key "$keys/demo.key" --format cosign-tag
digest=$(digest_of "$unsigned:v1")
show 0 verify "$unsigned@$digest" --key "$keys/demo.pub"
is_there "$unsigned:$(echo "$digest" | tr : -).sig" || fail "the signature is not there"
