#!/bin/sh
# Puts the CNI plugins on the host. Same name and variables as in upstream's image, so that its manifests fit.
# A plugin is renamed into place, as containerd may be running the old one.
set -eu

directory=${CNI_DIR:-${HOST_PREFIX:-/host}/opt/cni}/bin
mkdir -p "$directory"
for plugin in /cni/loopback /opt/cni/bin/cilium-cni; do
    name=${plugin##*/}
    cp "$plugin" "$directory/.$name.new"
    mv -f "$directory/.$name.new" "$directory/$name"
done
