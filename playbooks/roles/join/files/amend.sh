#!/bin/sh
# Brings labels and taints of a node that has joined to what is declared now. Reads the kubeconfig from stdin.
# usage: amend.sh KUBECTL NODE "label ..." "taint ..."
set -eu
umask 077
kubectl=$1 node=$2 labels=$3 taints=$4

KUBECONFIG=$(mktemp -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")" slipway-kubeconfig.XXXXXX)
trap 'rm -f "${KUBECONFIG}"' EXIT
trap 'exit 1' HUP INT TERM
export KUBECONFIG
cat > "${KUBECONFIG}"

# shellcheck disable=SC2086 # neither labels nor taints can hold a space
{
    [ -z "${labels}" ] || "${kubectl}" label node "${node}" --overwrite ${labels}
    [ -z "${taints}" ] || "${kubectl}" taint node "${node}" --overwrite ${taints}
}
