#!/bin/sh
# Makes room for control planes in a cluster that runs, and prints what they need to join: a token, the hash of the CA's
# key, and the key that the uploaded certificates are encrypted with. Runs on a control plane that has joined.
# usage: admit.sh NAME=ADDRESS...
set -eu
PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export KUBECONFIG=/etc/kubernetes/admin.conf

for newcomer in "$@"; do
    # A machine that was made anew, or was interrupted, has left its node and its etcd member behind. A member that comes
    # back without its data would panic, and one that never started keeps others from joining.
    kubectl delete node --ignore-not-found "${newcomer%%=*}" >&2
    python3 - "${newcomer#*=}" >&2 <<'PYTHON'
import json, ssl, sys, urllib.request

PKI = "/etc/kubernetes/pki/etcd"
context = ssl.create_default_context(cafile=f"{PKI}/ca.crt")
context.load_cert_chain(f"{PKI}/healthcheck-client.crt", f"{PKI}/healthcheck-client.key")


def ask(path, body):
    # etcd's own gateway from JSON to gRPC: https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/
    request = urllib.request.Request(f"https://127.0.0.1:2379/v3/cluster/member/{path}", json.dumps(body).encode())
    return json.load(urllib.request.urlopen(request, context=context, timeout=30))


for member in ask("list", {})["members"]:
    if f"https://{sys.argv[1]}:2380" in member["peerURLs"]:
        ask("remove", {"ID": member["ID"]})
PYTHON
done

kubeadm token create --ttl 20m
openssl x509 -pubkey -noout -in /etc/kubernetes/pki/ca.crt | openssl pkey -pubin -outform der | sha256sum | cut -d ' ' -f 1
kubeadm init phase upload-certs --upload-certs | tail -n 1
