#!/bin/sh
# Installs Debian packages from an archive that holds a flat repository, and from nowhere else; removes the archive.
# usage: install_packages.sh ARCHIVE PACKAGE...
set -eu
archive=$1
shift
own=/var/cache/slipway
directory=${own}/packages
trap 'rm -rf "${own}" "${archive}"' EXIT
rm -rf "${own}"
tar --extract --gzip --no-same-owner --file "${archive}" --directory /
mkdir -p "${directory}/lists/partial" "${directory}/archives/partial"
# What is in there was fetched by its digest, so there is nothing left for a signature to say.
echo "deb [trusted=yes] file:${directory} ./" > "${directory}/sources.list"
apt() {
    DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes -o Dir::Etc::sourcelist="${directory}/sources.list" \
        -o Dir::Etc::sourceparts=- -o Dir::State::lists="${directory}/lists" -o Dir::Cache::archives="${directory}/archives" \
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root -o DPkg::Lock::Timeout=60 "$@" </dev/null
}
apt update
apt install --no-install-recommends "$@"
