import { sha256Of } from "./digest.ts";

/** The packages of Open vSwitch that a host needs. */
export const hostPackages = ["openvswitch-common", "openvswitch-switch", "python3-openvswitch"] as const;

/** Exit codes by which the programs below say what a tarball lacks. */
export const refusals: Readonly<Record<number, string>> = {
  61: "expected a gzip-compressed tar archive",
  62: "expected Open vSwitch's source: no vswitchd/ovs-vswitchd.c in it",
  63: "expected a release tarball: no debian/ packaging or no ./configure in it",
};

/**
 * Unpacks /source.tar.gz and makes its Debian packaging build what a host needs and no more. The packaging
 * itself (install lists, services, maintainer scripts) stays the tarball's own, whether Debian's or upstream's:
 *
 * - `debian/control` keeps the packages named in hostPackages. Upstream ships it as
 *   control.in with comments, and debian/copyright as a form to fill in.
 * - `debian/rules` builds a second tree with DPDK, in Debian's packaging whatever one asks for: the condition
 *   on the architecture before it never holds now. The tree it packs as openvswitch-source is not made.
 * - What the dropped packages would have taken is no error.
 * - The manual as web pages is for openvswitch-doc alone, and programs under tests/ are for `make check` alone:
 *   neither is made along with the rest.
 */
const UNPACK = `
mkdir -p /build/openvswitch
cd /build/openvswitch
tar -xz --strip-components=1 --no-same-owner -f /source.tar.gz 2>/dev/null || exit 61
[ -f vswitchd/ovs-vswitchd.c ] || exit 62
[ -f configure ] && [ -f debian/rules ] || exit 63
[ -f debian/control ] || [ -f debian/control.in ] || exit 63

[ -f debian/control ] || cp debian/control.in debian/control
grep -v -e '^#' -e libdpdk-dev debian/control | awk -v RS= -v ORS='\\n\\n' '
  NR == 1 || /^Package: (${hostPackages.join("|")})\\n/' >/build/control
mv /build/control debian/control
[ -f debian/copyright ] || sed 's/%AUTHORS%/  the people that AUTHORS.rst names/' debian/copyright.in >debian/copyright

sed -i -E \\
  -e 's/^ifneq \\(,\\$\\(filter i386 amd64[^)]*\\$\\(DEB_HOST_ARCH\\)\\)\\)/ifneq (,)/' \\
  -e '/dist distdir=openvswitch/d' debian/rules
printf '\\noverride_dh_missing:\\n' >>debian/rules
sed -i '/ -b html /d' Documentation/automake.mk
sed -i 's/^noinst_PROGRAMS =$/&\\ncheck_PROGRAMS =/' Makefile.am
sed -i 's/^noinst_PROGRAMS += tests/check_PROGRAMS += tests/' tests/automake.mk
chmod +x debian/rules
`;

/** Prints the version of the source in /source.tar.gz, then its control file. */
export const INSPECT = `set -eu
${UNPACK}
sed -n 's/^AC_INIT(openvswitch, *\\([^,) ]*\\).*/\\1/p' configure.ac
cat debian/control`;

/** Installs what the control file in /control/debian needs to build, and ccache. */
export const INSTALL_BUILD_DEPENDS = `set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get -q -y --no-install-recommends -o Dpkg::Options::=--force-unsafe-io build-dep /control
apt-get -q -y --no-install-recommends -o Dpkg::Options::=--force-unsafe-io install ccache
apt-get clean
rm -rf /control /var/lib/apt/lists/*`;

/**
 * Builds /source.tar.gz and leaves the packages in /out. Debug symbols would be made only to be stripped off
 * again, and dependency tracking is for a second build in the same tree. The code itself is that of the
 * distribution's own flags.
 *
 * The version gets `+overbridge.` and $BUILD_ID: it tells these packages from the distribution's of the same
 * source, and from those of another recipe, and counts as newer than what it was made from.
 */
export const BUILD = `set -eu
${UNPACK}
export LC_ALL=C.UTF-8 PATH="/usr/lib/ccache:$PATH" CCACHE_DIR=/ccache CCACHE_MAXSIZE=1G
export DEB_CFLAGS_APPEND=-g0 EXTRA_CONFIGURE_OPTS=--disable-dependency-tracking
sed -i "1s/^\\([^ ]* (\\)\\([^)]*\\))/\\1\\2+overbridge.$BUILD_ID)/" debian/changelog
head -n 1 debian/changelog | grep -qF "+overbridge.$BUILD_ID)"
export DEB_BUILD_OPTIONS="\${CHECKS} nodpdk noautodbgsym parallel=\${JOBS:-$(nproc)}"
debian/rules binary
mkdir /out
mv /build/*.deb /out/`;

/**
 * Puts into /out the packages in /set, and what they depend on and a minimal system lacks. "$@" is what to
 * ask apt for.
 */
export const COLLECT = `set -eu
export DEBIAN_FRONTEND=noninteractive
mkdir -p /out /archives/partial
apt-get update -q
apt-get -q -y --no-install-recommends -o Dir::Cache::archives=/archives --download-only install "$@"
for deb in /archives/*.deb; do [ ! -f "$deb" ] || mv "$deb" /out/; done
for deb in /set/*.deb; do [ ! -f "$deb" ] || cp "$deb" /out/; done`;

/** Puts the source that the distribution builds its own packages from into /out. */
export const FETCH_DISTRO_SOURCE = `set -eu
mkdir -p /fetch /out
cd /fetch
apt-get update -q
apt-get -q download openvswitch-source
dpkg-deb -x openvswitch-source_*.deb .
mv usr/src/openvswitch/openvswitch.tar.gz /out/`;

/** Prints package, version, architecture and file name of every package in /set, tab-separated. */
export const LIST = `set -eu
cd /set
for deb in *.deb; do
  dpkg-deb --show --showformat='\${Package}\\t\${Version}\\t\${Architecture}\\t' "$deb"
  echo "$deb"
done`;

/**
 * Installs /set, where no network is, runs the daemons with the userspace datapath, makes a bridge, and prints
 * the version of the daemon that made it as its last line.
 */
export const PROVE = `set -eu
export DEBIAN_FRONTEND=noninteractive
printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
apt-get -q -y --no-install-recommends -o Dpkg::Options::=--force-unsafe-io install /set/*.deb
dpkg --audit

export OVS_RUNDIR=/run/openvswitch
mkdir -p "$OVS_RUNDIR" /var/log/openvswitch
ovsdb-tool create /tmp/conf.db /usr/share/openvswitch/vswitch.ovsschema
ovsdb-server /tmp/conf.db --remote=punix:"$OVS_RUNDIR"/db.sock --pidfile --detach --log-file
ovs-vsctl --no-wait init
ovs-vswitchd --pidfile --detach --log-file
ovs-vsctl --timeout=30 add-br proof -- set Bridge proof datapath_type=netdev
ovs-appctl dpif/show | grep -q '^netdev@.*ovs-netdev'
ovs-appctl ofproto/list | grep -q '^proof$'
[ -d /sys/class/net/proof ]
ovs-appctl version | sed -n 's/^ovs-vswitchd (Open vSwitch) //p'`;

/** Digest of all of the above: a change in any of it makes other packages, or proves others. */
export const recipeDigest = `sha256:${sha256Of(
  JSON.stringify([INSPECT, INSTALL_BUILD_DEPENDS, BUILD, COLLECT, FETCH_DISTRO_SOURCE, LIST, PROVE]),
)}`;
