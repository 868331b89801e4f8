#!/bin/sh
# Tells what this host is, one `key=value` a line, and changes nothing. Reads from files what it can: every program that
# is started here is started on all hosts at once. usage: sh -s -- ADDRESS [SHARED]
address=$1 shared=${2:-}
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
tell() { printf '%s=%s\n' "$1" "$2"; }

tell epoch "$(date +%s.%N)"
if sudo -n true 2>/dev/null; then tell sudo yes; else tell sudo no; fi
command -v python3 >/dev/null && tell python yes
while IFS='=' read -r key value; do
    case ${key} in ID | VERSION_ID) value=${value#\"} && tell "os_${key}" "${value%\"}" ;; esac
done </etc/os-release
read -r kernel </proc/sys/kernel/osrelease && tell kernel "${kernel}"
read -r cpus </sys/devices/system/cpu/online && tell cpus "${cpus}"
[ -r /etc/machine-id ] && read -r machine_id </etc/machine-id && tell machine_id "${machine_id}"
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then tell cgroup 2; else tell cgroup 1; fi
if [ -e /run/systemd/container ] || [ -e /.dockerenv ]; then tell container yes; fi
[ -d /run/systemd/system ] && tell systemd yes
# These may be long, and `read` takes them byte by byte.
tables='/proc/meminfo /proc/swaps /proc/net/tcp'
[ ! -r /proc/net/tcp6 ] || tables="${tables} /proc/net/tcp6"
# shellcheck disable=SC2086 # several files
awk '
    $1 == "MemTotal:" { print "memory_kib=" $2 }
    FILENAME == "/proc/swaps" && $1 ~ /^\// { print "swap=" $1 }
    FILENAME ~ /tcp/ && $4 == "0A" { parts = split($2, end, ":"); ports[end[parts]] }
    END { for (port in ports) print "listen=" port }
' ${tables}
cat /proc/[0-9]*/comm 2>/dev/null | awk '
    /^(dockerd|containerd|crio|podman|k3s-server|k3s-agent|rke2|kubelet|kube-apiserver|etcd|cri-dockerd)$/ { engines[$1] }
    /^(chronyd|ntpd|ntpsec|openntpd|systemd-timesyn.*)$/ { daemons[$1] }
    END { for (name in engines) print "engine=" name; for (name in daemons) print "time_daemon=" name }
'
while read -r key value _; do
    [ "${key}" != nameserver ] || tell nameserver "${value}"
done </etc/resolv.conf
ip -o -4 addr show | while read -r _ link _ network _; do
    [ "${network%/*}" != "${address}" ] || {
        tell mtu "$(cat "/sys/class/net/${link%%@*}/mtu")"
        tell network "${network}"
    }
    [ "${network%/*}" != "${shared}" ] || tell shared held
done
# A packet makes the kernel ask who has the address, and whoever has it answers, whatever its firewall says.
if [ -n "${shared}" ] && [ ! -d /etc/slipway ]; then
    python3 -c 'import socket, sys, time
socket.socket(type=socket.SOCK_DGRAM).sendto(b"", (sys.argv[1], 9))
time.sleep(1)' "${shared}"
    case $(ip -4 neigh show to "${shared}") in *lladdr*) tell shared taken ;; esac
fi
df -Pk /var | while read -r _ _ _ free _; do
    case ${free} in *[!0-9]*) ;; *) tell disk_free_kib "${free}" ;; esac
done
[ -d /etc/slipway ] && tell slipway yes
[ -r /etc/slipway/hosts ] && while read -r _ name; do
    case ${name} in registry.*) tell environment "${name}" ;; esac
done </etc/slipway/hosts
[ ! -e /etc/kubernetes/kubelet.conf ] || tell kubernetes yes
tell end yes
