#!/bin/sh
# Removes slipway's own account from a host, with its processes and files; nothing there is a success.
# usage: remove_account.sh ACCOUNT; needs root
set -eu
account=$1
rules=/etc/sudoers.d/slipway
[ -e "${rules}" ] || exit 0
if getent passwd "${account}" >/dev/null; then
    try=0
    while pkill -KILL -u "${account}" && [ "${try}" -lt 50 ]; do
        try=$((try + 1))
        sleep 0.1
    done
    userdel --remove "${account}" 2>/dev/null
fi
# Last: as long as it is there, an account that is left is ours.
rm -f "${rules}"
