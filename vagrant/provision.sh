#!/bin/sh
# Installs vxlab and what it works with, on Debian 12 or Ubuntu 24.04 and what came after them. As root:
#
#     sh provision.sh [DIRECTORY]      where vxlab's source is; /vxlab, unless another one is said
#
# Done again, it brings up to date what is there. vxlab gets a Python of its own (/opt/vxlab), for that of the system is
# apt's (PEP 668), and a link in /usr/local/bin; the topology library is put into /usr/local/share/vxlab/topologies.
set -eu

source=${1:-/vxlab}
venv=/opt/vxlab
library=/usr/local/share/vxlab/topologies

refuse() {
    echo "provision.sh: $1" >&2
    exit 1
}

[ "$(id -u)" -eq 0 ] || refuse "this installs packages: run it as root"
[ -f "$source/pyproject.toml" ] || refuse "there is no vxlab in $source: say where its source is"
command -v apt-get >/dev/null || refuse "this is for Debian and Ubuntu: there is no apt-get here"

# tshark would ask who may capture: nobody but root, unless that is changed later.
export DEBIAN_FRONTEND=noninteractive
packages="ca-certificates iproute2 iputils-ping kmod procps python3 python3-venv tcpdump tshark"
# Ubuntu keeps what its cloud kernels rarely need in a package of its own: VRFs, and netem.
extra="linux-modules-extra-$(uname -r)"

apt-get update -qq
if apt-cache show "$extra" >/dev/null 2>&1; then
    packages="$packages $extra"
fi
# One word each, on purpose.
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $packages >/dev/null

python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    refuse "vxlab needs Python 3.11: Debian 12 has it, and Ubuntu 24.04"
# A release upgrade takes away the Python that the environment was made with.
"$venv/bin/python" -m pip --version >/dev/null 2>&1 || python3 -m venv --clear "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$source"
mkdir -p /usr/local/bin
ln -sfn "$venv/bin/vxlab" /usr/local/bin/vxlab

rm -rf "$library"
mkdir -p "$library"
cp "$source"/topologies/*.yaml "$source"/topologies/*.json "$source"/vagrant/three-machines/*.yaml "$library"

/usr/local/bin/vxlab validate "$library"/*.yaml >/dev/null
echo "vxlab is installed; its labs are in $library"
