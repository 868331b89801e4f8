#!/bin/sh
# Runs once in the image after its packages are installed. It makes the user that machines are reached with, and leaves
# out of the boot what a container cannot use.
set -eu

useradd --uid 1000 --create-home --shell /bin/bash slipway
# No password ever matches, but the account is not locked: sshd lets no key in for a locked one.
usermod --password '*' slipway
install --directory --owner=slipway --group=slipway --mode=0700 /home/slipway/.ssh

# Hardware, consoles and downloads are the business of the machine below; chronyd would set that machine's clock.
systemctl mask --quiet \
    getty.target console-getty.service getty-static.service \
    systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket \
    systemd-udev-trigger.service systemd-udev-settle.service systemd-hwdb-update.service \
    systemd-logind.service systemd-remount-fs.service systemd-firstboot.service \
    systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-pstore.service \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer \
    dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount \
    sys-fs-fuse-connections.mount
systemctl disable --quiet haproxy.service chrony.service nftables.service
systemctl set-default --quiet multi-user.target

# Machines trust the environment's CA alone, and each takes it in at once: with the public ones it takes seconds.
: > /etc/ca-certificates.conf
update-ca-certificates --fresh > /dev/null

# Empty, so that systemd makes one at the first boot: machines must not share it.
: > /etc/machine-id
rm -f /var/lib/dbus/machine-id
