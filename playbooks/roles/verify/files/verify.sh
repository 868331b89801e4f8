#!/bin/sh
# Prints one line for everything that keeps this machine from its work, and nothing when there is none.
# usage: verify.sh REGISTRY ROLE...
registry=$1
shift

active() {
    systemctl --quiet is-active "$1.service" || echo "service $1 is not active: journalctl --unit $1"
}

answers() {
    python3 - "$1" "$2" <<'PYTHON' || echo "$3"
import sys, urllib.error, urllib.request
try:
    urllib.request.urlopen(sys.argv[1], timeout=5)
except urllib.error.HTTPError as error:
    sys.exit(str(error.code) != sys.argv[2])
except OSError:
    sys.exit(1)
PYTHON
}

free_mib=$(df --output=avail --block-size=1M /var | tail -n 1)
[ "${free_mib}" -ge 2048 ] || echo "only ${free_mib} MiB are free in /var, expected 2048"
for role in "$@"; do
    case ${role} in
    load-balancer) active haproxy ;;
    control-plane | worker)
        active containerd
        # 401 is what the registry answers without a login, over a connection whose certificate is trusted
        answers "${registry}/v2/" 401 "the registry ${registry}/v2/ does not answer, or its certificate is not trusted"
        if [ -e /etc/slipway/joined ]; then
            active kubelet
            answers http://127.0.0.1:10248/healthz 200 'the kubelet is not healthy: journalctl --unit kubelet'
        fi
        ;;
    esac
done
exit 0
