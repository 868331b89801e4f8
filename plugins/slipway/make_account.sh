#!/bin/sh
# Makes slipway's own account on a host, or brings it up to date, and prints the host's machine id.
# usage: make_account.sh ACCOUNT AUTHORIZED_KEY; needs root
set -eu
account=$1 key=$2
mark='# Made by slipway, which provisions this host; removed when it leaves.'
rules=/etc/sudoers.d/slipway

if getent passwd "${account}" >/dev/null; then
    if ! grep -qsxF "${mark}" "${rules}"; then
        echo "there is an account '${account}' that slipway did not make; rename or remove it" >&2
        exit 1
    fi
else
    # The mark comes first: an account without it is somebody else's.
    umask 227
    printf '%s\n%s ALL=(ALL) NOPASSWD: ALL\n' "${mark}" "${account}" > "${rules}.new"
    mv "${rules}.new" "${rules}"
    useradd --create-home --shell /bin/sh "${account}"
    # No password ever matches, but the account is not locked: sshd lets no key in for a locked one.
    usermod --password '*' "${account}"
fi
home=$(getent passwd "${account}" | cut -d: -f6)
umask 077
install -d -o "${account}" -g "${account}" -m 0700 "${home}/.ssh"
printf '%s\n' "${key}" > "${home}/.ssh/authorized_keys.new"
chown "${account}:${account}" "${home}/.ssh/authorized_keys.new"
mv "${home}/.ssh/authorized_keys.new" "${home}/.ssh/authorized_keys"
cat /etc/machine-id
