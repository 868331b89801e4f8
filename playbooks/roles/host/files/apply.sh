#!/bin/sh
# Puts changed settings into effect: every argument is a unit, or a file that is made from settings.
for changed in "$@"; do
    case ${changed} in
    ssh.service) systemctl reload "${changed}" ;; # open connections, ours among them, stay
    *.service) systemctl restart "${changed}" ;;
    /etc/ssl/certs/ca-certificates.crt) update-ca-certificates >/dev/null ;;
    esac
done
