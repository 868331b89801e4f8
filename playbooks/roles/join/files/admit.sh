#!/bin/sh
# Makes room for nodes and a token for them to join with. Reads the administrator's kubeconfig from stdin.
# usage: admit.sh KUBEADM KUBECTL NODE...; prints the token and the hash of the CA's key.
set -eu
umask 077
kubeadm=$1 kubectl=$2
shift 2

# in memory where there is such a place, and gone with this script
KUBECONFIG=$(mktemp -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")" slipway-kubeconfig.XXXXXX)
trap 'rm -f "${KUBECONFIG}"' EXIT
trap 'exit 1' HUP INT TERM
export KUBECONFIG
cat > "${KUBECONFIG}"

# A machine that was made anew has left its Node object behind, which kubeadm would take for a living namesake.
"${kubectl}" delete node --ignore-not-found "$@" >&2
"${kubeadm}" token create --ttl 15m --print-join-command | tail -n 1 |
    sed 's/.*--token \([^ ]*\) .*--discovery-token-ca-cert-hash \([^ ]*\).*/\1\n\2/'
