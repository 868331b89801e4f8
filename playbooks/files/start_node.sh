#!/bin/sh
# Makes this machine a node: the control plane of a new cluster (init), of the one whose data is on its volume (return), or
# a node of one that runs (join). A control plane's keys then lie beside etcd's data, so that both outlive the machine
# where that is a volume.
set -eu
PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
config=/etc/slipway/kubeadm.yaml
kept=/var/lib/etcd/slipway

check() { # init|join [FLAG...]
    # The checks ask the container runtime and pull images, which may fail for a moment; what they change harms no retry.
    action=$1
    shift
    try=1
    until kubeadm "${action}" phase preflight --config "${config}" "$@"; do
        [ "${try}" -lt 4 ] || return 1
        try=$((try + 1))
        sleep 3
    done
}

init() {
    install -d -m 0700 /var/lib/etcd "${kept}"
    check init "$@"
    # On the command line the phases to skip replace those of the configuration.
    kubeadm init --config "${config}" --skip-phases preflight,addon/coredns,show-join-command
}

keep_keys() {
    install -d -m 0700 "${kept}"
    rm -rf "${kept}/new"
    cp -a /etc/kubernetes/pki "${kept}/new"
    rm -rf "${kept}/pki"
    mv "${kept}/new" "${kept}/pki"
}

case $1 in
init) init ;;
return)
    rm -rf /etc/kubernetes/pki
    install -d /etc/kubernetes
    cp -a "${kept}/pki" /etc/kubernetes/pki
    # The data is meant to be there; the rest is what an earlier try may have left.
    ignored=DirAvailable--var-lib-etcd-data,Port-6443,Port-10250,Port-10257,Port-10259,Port-2379,Port-2380
    for name in etcd kube-apiserver kube-controller-manager kube-scheduler; do
        ignored=${ignored},FileAvailable--etc-kubernetes-manifests-${name}.yaml
    done
    init --ignore-preflight-errors "${ignored}"
    ;;
join)
    check join
    kubeadm join --config "${config}" --skip-phases preflight
    ;;
esac

[ ! -e /etc/kubernetes/pki/ca.key ] || keep_keys
# The marker comes last: without it the next run starts over (library/slipway_node_state.py).
date > /etc/slipway/joined
