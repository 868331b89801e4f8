#!/bin/sh
# Removes slipway's own account from a host, with its processes and files; nothing there is a success.
# usage: remove_account.sh ACCOUNT; needs root
set -eu
account=$1
rules=/etc/sudoers.d/slipway
[ -e "${rules}" ] || exit 0
if getent passwd "${account}" >/dev/null; then
    # While a process of it is left, userdel refuses; a busy host takes a while to end one that was killed.
    try=0
    pkill -KILL -u "${account}" || true
    until said=$(userdel --remove "${account}" 2>&1); do
        try=$((try + 1))
        if [ "${try}" -ge 150 ]; then
            printf '%s\n' "${said}" >&2
            exit 1
        fi
        sleep 0.1
        pkill -KILL -u "${account}" || true
    done
fi
# Last: as long as it is there, an account that is left is ours.
rm -f "${rules}"
