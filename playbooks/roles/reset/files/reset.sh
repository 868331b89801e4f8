#!/bin/sh
# Wipes this machine of its cluster; with --preparation of everything slipway made, with --volumes of its data too.
# With --stop it wipes nothing: kubelet and pods end, and the machine says nothing of the cluster any more.
# Prints what it did, and nothing when there was nothing to do. With --check it only prints.
set -eu
PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

check='' stop='' preparation='' volumes=''
for option in "$@"; do
    case ${option} in
    --check) check=yes ;;
    --stop) stop=yes ;;
    --preparation) preparation=yes ;;
    --volumes) volumes=yes ;;
    esac
done

act() {
    printf '%s\n' "$1"
    shift
    [ -n "${check}" ] || "$@" >&2
}

any_exists() {
    for path in "$@"; do
        [ ! -e "${path}" ] || return 0
    done
    return 1
}

remove() {
    for path in "$@"; do
        if [ -e "${path}" ] || [ -L "${path}" ]; then
            act "removed ${path}" rm -rf -- "${path}"
        fi
    done
}

shims() {
    pgrep -f '^/usr/local/bin/containerd-shim-runc-v2 '
}

kill_pods() {
    shims | xargs -rn 1 pkill -KILL -P || true
}

# What an interrupted run left of start_node.sh goes on alone, and would start the kubelet again.
starting='^sh -s -- (init|join|return)$'

starts() {
    pgrep -f "${starting}" || pgrep -x kubeadm
}

end_start() {
    pkill -KILL -f "${starting}" || true
    pkill -KILL -x kubeadm || true
}

stop_node() {
    end_start
    systemctl stop kubelet.service
    kill_pods
}

leave_cluster() {
    end_start
    systemctl start containerd.service || true
    systemctl stop kubelet.service || true
    # When a pod goes, cilium-cni asks the agent, which may have gone first: kubeadm would wait 10 s for each pod. What the
    # plugin made goes below, and the next agent brings it along again.
    [ ! -e /opt/cni/bin/cilium-cni ] || ln -sf /bin/true /opt/cni/bin/cilium-cni
    # Those that stay have taken a control plane out of etcd before it is wiped (control_plane/files/members.py). Where all
    # go at once, kubeadm would wait for a majority of members that is gone already.
    timeout 120 kubeadm reset --force --skip-phases remove-etcd-member \
        --cri-socket unix:///run/containerd/containerd.sock || true
    # What kubeadm did not get to: pods that use the host's network would go on changing it.
    kill_pods
    # Cilium leaves a cgroup tree and network namespaces mounted, which rm cannot remove.
    grep -Eo ' (/var/lib/kubelet|/run/cilium|/run/containerd)/[^ ]*' /proc/mounts | sort -r | xargs -r umount -l || true
    rm -rf /etc/cni/net.d /etc/kubernetes/manifests /etc/kubernetes/pki /etc/kubernetes/*.conf /etc/kubernetes/slipway \
        /opt/cni/bin/cilium-cni /var/lib/cni /run/cilium /var/lib/cilium /var/log/kubernetes /etc/slipway/kubeadm.yaml /etc/slipway/joined \
        /etc/slipway/node.json
    # mount points, perhaps
    find /var/lib/kubelet /var/lib/etcd -mindepth 1 -delete || true
    for link in cilium_host cilium_vxlan cilium_net cni0 kube-ipvs0; do
        ip link delete "${link}" 2>/dev/null || true
    done
    for table in 'ip kube-proxy' 'ip6 kube-proxy'; do
        # shellcheck disable=SC2086 # family and name are two words
        nft delete table ${table} 2>/dev/null || true
    done
}

if [ -n "${stop}" ]; then
    if systemctl --quiet is-active kubelet.service || [ -n "$(starts)$(shims | xargs -rn 1 pgrep -P)" ]; then
        act 'stopped kubelet and pods' stop_node
    fi
    exit 0
fi

if any_exists /etc/kubernetes/kubelet.conf /etc/kubernetes/admin.conf /etc/kubernetes/pki/ca.crt /var/lib/etcd/data /var/lib/etcd/slipway \
    /var/lib/kubelet/config.yaml /etc/slipway/kubeadm.yaml /etc/slipway/joined; then
    act 'left the cluster' leave_cluster
fi

# /etc/slipway is written first and removed last: without it nothing here was made by slipway.
if [ -n "${preparation}" ] && [ -d /etc/slipway ]; then
    for unit in kubelet containerd keepalived haproxy slipway-registry; do
        if systemctl --quiet is-enabled "${unit}.service" 2>/dev/null; then
            act "stopped ${unit}" systemctl disable --now "${unit}.service"
        fi
    done
    if [ -d /run/containerd/io.containerd.runtime.v2.task ] && [ -z "${check}" ]; then
        shims | xargs -r kill || true
    fi
    remove /etc/systemd/system/kubelet.service /etc/systemd/system/containerd.service \
        /etc/systemd/system/slipway-images.service /etc/systemd/system/slipway-registry.service \
        /usr/local/bin/slipway-registry /var/lib/slipway/registry /etc/kubernetes /var/lib/kubelet \
        /etc/containerd /var/lib/containerd /opt/cni /etc/cni /etc/modules-load.d/slipway.conf /etc/sysctl.d/90-slipway.conf \
        /etc/systemd/journald.conf.d/slipway.conf /etc/ssh/sshd_config.d/20-slipway.conf \
        /usr/local/share/ca-certificates/slipway-environment.crt /usr/local/share/ca-certificates/slipway-registry.crt
    if [ -d /etc/haproxy/slipway ]; then
        remove /etc/haproxy/slipway /etc/systemd/system/haproxy.service.d /var/lib/haproxy/servers
    fi
    if grep -qs 'Written by slipway' /etc/keepalived/keepalived.conf; then
        remove /etc/keepalived/keepalived.conf /etc/keepalived/check_haproxy.py
    fi
    if [ -e /usr/local/share/slipway/node-binaries ]; then
        for name in kubelet kubeadm kubectl containerd containerd-shim-runc-v2 ctr; do
            remove "/usr/local/bin/${name}"
        done
        remove /usr/local/share/slipway /usr/local/libexec/credential-providers
    fi
    if grep -q '^# BEGIN slipway' /etc/hosts; then
        # written in place: in a container /etc/hosts is a mount point
        # shellcheck disable=SC2016 # the inner shell expands it
        act 'removed the registry from /etc/hosts' sh -c \
            'rest=$(sed "/^# BEGIN slipway/,/^# END slipway/d" /etc/hosts) && printf "%s\n" "${rest}" > /etc/hosts'
    fi
    # kubeadm's own, empty by now; where it is a volume it stays.
    [ -n "${check}" ] || rmdir /var/lib/etcd 2>/dev/null || true
    act 'reloaded what read the settings' sh -c 'systemctl daemon-reload && systemctl reload ssh && update-ca-certificates --fresh'
    remove /etc/slipway
fi

if [ -n "${volumes}" ]; then
    remove /var/lib/slipway/volumes
fi
if [ -n "${preparation}" ] && [ -z "${check}" ] && [ -d /var/lib/slipway ]; then
    rmdir --ignore-fail-on-non-empty /var/lib/slipway
fi
