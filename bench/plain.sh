#!/usr/bin/env bash
# The same environment as slipway's, made by a plain script: docker, skopeo, kubeadm, kubectl and nothing else.
# It has no state, no preview, no update and no drift detection; it is what slipway's time is measured against.
# usage: plain.sh DIRECTORY (what bench/capture.py took from an environment of slipway's). Everything it makes carries one
# label and is removed when it ends, however it ends. Prints "phase NAME SECONDS-SINCE-EPOCH" lines.
set -euo pipefail

work=$1
LABEL=io.slipway.environment=bench-plain
PREFIX=slipway-bench-plain
# SUBNET REGISTRY REGISTRY_NAME NODE_BINARIES API_PORT HEALTH_URL HEALTH_RESOLVE KUBECTL APPS
# shellcheck source=/dev/null
source "$work/settings"
export DOCKER_CONFIG="$work/docker" KUBECONFIG="$work/kubeconfig" REGISTRY work

phase() { printf 'phase %s %s\n' "$1" "$EPOCHREALTIME"; }

await() { # PID...: every one of them must end well
    local pid failed=0
    for pid in "$@"; do wait "$pid" || failed=1; done
    return "$failed"
}

clean_up() {
    local code=$? found
    trap - EXIT
    jobs -p | xargs --no-run-if-empty kill 2>/dev/null || true
    wait || true
    found=$(docker ps --all --quiet --filter "label=$LABEL")
    [ -z "$found" ] || xargs docker rm --force --volumes <<<"$found" >/dev/null
    found=$(docker volume ls --quiet --filter "label=$LABEL")
    [ -z "$found" ] || xargs docker volume rm --force <<<"$found" >/dev/null
    found=$(docker network ls --quiet --filter "label=$LABEL")
    [ -z "$found" ] || xargs docker network rm <<<"$found" >/dev/null
    found=$(docker image ls --quiet --filter "label=$LABEL")
    [ -z "$found" ] || xargs docker image rm --force <<<"$found" >/dev/null
    # Only the names go: the images themselves stay where another environment uses them.
    { cut -f 1 "$work/engine-images"; cut -f 2 "$work/apps"; } | xargs docker image rm >/dev/null 2>&1 || true
    exit "$code"
}

engine_image() { # NAME ID LAYOUT
    if docker image inspect "$2" >/dev/null 2>&1; then
        docker tag "$2" "$1"
    else
        skopeo copy --quiet "oci:$3" "docker-daemon:$1"
    fi
}

container() { # DIRECTORY IMAGE [COMMAND...]: with its files in place before it starts
    local flags flag
    mapfile -t flags <"$1/flags"
    for flag in "${flags[@]}"; do
        if [[ $flag =~ ^--volume=([^/:]+): ]]; then docker volume create --label "$LABEL" "${BASH_REMATCH[1]}" >/dev/null; fi
    done
    docker create --label "$LABEL" "${flags[@]}" "${@:2}" >"$1/id"
    docker cp - "$(<"$1/id"):/" <"$1/files.tar"
    docker start "$(<"$1/id")" >/dev/null
}

push() { # LAYOUT NAME
    skopeo copy --quiet --preserve-digests --retry-times 3 --dest-authfile "$DOCKER_CONFIG/config.json" \
        --dest-cert-dir "$work/certificates" "oci:$1" "docker://$REGISTRY/$2"
}
export -f push

push_wave() { # WAVE: the images of that wave, several at once
    grep "^$1	" "$work/images" | cut -f 2,3 | xargs --max-procs 4 --max-args 2 bash -euo pipefail -c 'push "$@"' push
}

build() { # APP RUNTIME-IMAGE: leaves the reference with the digest in $work/APP.reference
    local name="$REGISTRY/slipway/$1:bench-plain"
    docker build --quiet --build-arg "RUNTIME_IMAGE=$2" --build-arg ENVIRONMENT=bench-plain --tag "$name" "$APPS/$1" >/dev/null 2>"$work/$1.build" ||
        { cat "$work/$1.build" >&2; return 1; }
    docker push --quiet "$name" >/dev/null
    docker image inspect --format '{{join .RepoDigests "\n"}}' "$name" | grep "^$REGISTRY/slipway/$1@" |
        sed "s|^$REGISTRY|$REGISTRY_NAME|" >"$work/$1.reference"
}

# What the playbooks prepare.yml and load_balancer.yml do, less what `container` has already put in place.
configure() { # MACHINE ROLE
    docker exec --interactive "$PREFIX-$1" sh -euc '
        role=$1 registry=$2 node_binaries=$3
        until [ -S /run/systemd/private ]; do sleep 0.1; done
        systemctl is-system-running --wait >/dev/null || true # degraded is as good
        cat /etc/slipway/hosts >> /etc/hosts
        chown -R slipway: /home/slipway/.ssh
        update-ca-certificates >/dev/null 2>&1
        systemctl daemon-reload
        systemctl restart systemd-sysctl systemd-journald
        systemctl reload-or-restart ssh
        if [ "$role" = load-balancer ]; then
            haproxy -c -q -f /etc/haproxy/slipway
            systemctl enable --quiet --now haproxy
            exit
        fi
        # The login comes on standard input: arguments are visible to every user.
        curl --silent --show-error --fail --config - --output /var/cache/node-binaries.tar \
            "https://$registry/v2/slipway/node-binaries/blobs/$node_binaries"
        echo "${node_binaries#sha256:}  /var/cache/node-binaries.tar" | sha256sum --check --quiet
        tar --extract --no-same-owner --file /var/cache/node-binaries.tar --directory /
        rm /var/cache/node-binaries.tar
        systemctl enable --quiet --now containerd
        systemctl enable --quiet kubelet
        [ ! -d /var/lib/slipway/volumes ] || install -d -m 0770 /var/lib/slipway/volumes/0
    ' configure "$2" "$REGISTRY_NAME" "$NODE_BINARIES" <"$work/registry.curl" || { echo "$1 could not be configured" >&2; return 1; }
}

join() { # MACHINE TOKEN HASH
    docker exec "$PREFIX-$1" sh -euc '
        sed -i -e "s/^\( *token:\).*/\1 $1/" -e "s/^\( *caCertHashes:\).*/\1 [$2]/" /etc/slipway/kubeadm.yaml
        kubeadm join --config /etc/slipway/kubeadm.yaml' join "$2" "$3" >"$work/machines/$1/join.log" 2>&1 ||
        { cat "$work/machines/$1/join.log"; return 1; }
}

trap clean_up EXIT
trap 'exit 130' INT TERM
phase start

# Machines and registry.
docker network create --label "$LABEL" --subnet "$SUBNET" "$PREFIX" >/dev/null &
pids=($!)
while IFS=$'\t' read -r name id layout; do
    engine_image "$name" "$id" "$layout" &
    pids+=($!)
done <"$work/engine-images"
await "${pids[@]}"
{
    container "$work/registry" "$PREFIX/registry"
    curl --silent --fail --output /dev/null --config "$work/registry.curl" --cacert "$work/certificates/ca.crt" \
        --retry 60 --retry-delay 1 --retry-all-errors "https://$REGISTRY/v2/"
    push_wave first
} &
pids=($!)
while read -r name _; do
    container "$work/machines/$name" "$PREFIX/machine" &
    pids+=($!)
done <"$work/roles"
await "${pids[@]}"
phase machines

# Hosts, and the images that kubeadm needs.
push_wave control-plane &
pids=($!) workers=()
while read -r name role; do
    configure "$name" "$role" &
    pids+=($!)
    if [ "$role" = control-plane ]; then control_plane=$name; fi
    if [ "$role" = worker ]; then workers+=("$name"); fi
done <"$work/roles"
await "${pids[@]}"
phase hosts

# The other images and the two applications, while the cluster starts.
{
    push_wave rest
    pids=()
    while IFS=$'\t' read -r app runtime; do
        build "$app" "$runtime" &
        pids+=($!)
    done <"$work/apps"
    await "${pids[@]}"
} &
images=$!
docker exec "$PREFIX-$control_plane" kubeadm init --config /etc/slipway/kubeadm.yaml >"$work/init.log" 2>&1 ||
    { cat "$work/init.log"; exit 1; }
docker exec "$PREFIX-$control_plane" cat /etc/kubernetes/admin.conf | sed "s|server: .*|server: https://127.0.0.1:$API_PORT|" >"$KUBECONFIG"
phase cluster

# Workers join while the objects are applied.
read -ra join_command <<<"$(docker exec "$PREFIX-$control_plane" kubeadm token create --ttl 15m --print-join-command)"
pids=()
for name in "${workers[@]}"; do
    join "$name" "${join_command[4]}" "${join_command[6]}" &
    pids+=($!)
done
"$KUBECTL" apply --server-side --filename "$work/definitions.yaml" >/dev/null
"$KUBECTL" wait --for=condition=Established --timeout=60s crd --all >/dev/null
await "$images"
phase images
sed -e "s|@API_IMAGE@|$(<"$work/api.reference")|" -e "s|@FRONTEND_IMAGE@|$(<"$work/frontend.reference")|" "$work/objects.yaml" |
    "$KUBECTL" apply --server-side --filename - >/dev/null
await "${pids[@]}"
phase applied

while read -r namespace workload; do
    "$KUBECTL" rollout status --timeout=300s --namespace "$namespace" "$workload" >/dev/null
done <"$work/workloads"
phase rolled-out
curl --silent --fail --output /dev/null --cacert "$work/certificates/ca.crt" --resolve "$HEALTH_RESOLVE" \
    --retry 120 --retry-delay 1 --retry-all-errors "$HEALTH_URL"
phase healthy
