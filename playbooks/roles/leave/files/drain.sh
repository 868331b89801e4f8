#!/bin/sh
# Drains a node, or deletes it. Reads the administrator's kubeconfig from stdin; prints nothing when there is no such node.
# usage: drain.sh KUBECTL NODE TIMEOUT_SECONDS drain|forget
set -eu
umask 077
kubectl=$1 node=$2 timeout_seconds=$3 what=$4

KUBECONFIG=$(mktemp -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")" slipway-kubeconfig.XXXXXX)
trap 'rm -f "${KUBECONFIG}"' EXIT
trap 'exit 1' HUP INT TERM
export KUBECONFIG
cat > "${KUBECONFIG}"

# A cluster that is gone has no pods to move: that must not keep its machines from being removed.
"${kubectl}" get --raw /readyz --request-timeout=5s >/dev/null 2>&1 || exit 0
[ -n "$("${kubectl}" get node "${node}" --ignore-not-found --output name --request-timeout=10s)" ] || exit 0

if [ "${what}" = drain ]; then
    # By this the next update knows a node that an interrupted drain left cordoned (operations/interrupted_leaves.py).
    "${kubectl}" annotate node "${node}" slipway.io/leaving=true --overwrite
    "${kubectl}" drain "${node}" --ignore-daemonsets --delete-emptydir-data --force --timeout="${timeout_seconds}s"
else
    "${kubectl}" delete node "${node}" --ignore-not-found
fi
