#!/bin/sh
# SPDX-License-Identifier: MIT
# tuned 2.20.0 (Debian tuned 2.20.0-1): a profile that includes another. Needs python3.
#
# Expected: a section of the child adds its options to the section of that name in the parent, and changes no other.
# What happens: it also switches on what the parent has switched off with enabled=false, and applies to all devices what the
# parent has for eth0 alone. A child's [script] that names no script has those of the parent run twice, a grandchild's four times.
# Why: of the two sections the later one gives enabled, devices and type, and an object has them also where the file says nothing.
# Scripts are joined: those of the parent, and those of both after the merge.
# Who is hit: whoever derives a profile for a machine and adds one line to [net] or [sysctl], or priority= to [script]. A script
# that starts a daemon, or adds to a value, does it twice.
# Remedy: repeat enabled= and devices= in the child; do not open [script] without script=; replace=true takes the child's alone.
set -eu

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp"
apt-get -qq -o APT::Sandbox::User=root download tuned=2.20.0-1
dpkg-deb -x tuned*.deb root

# profile NAME LINES
profile() {
	mkdir -p "profiles/$1"
	printf '%b' "$2" >"profiles/$1/tuned.conf"
}
profile parent '[net]\ndevices=eth0\ncoalesce=rx-usecs 3\n[sysctl]\nenabled=false\nvm.swappiness=10\n[script]\nscript=set-up.sh\n'
profile child '[main]\ninclude=parent\n[net]\nfeatures=gro on\n[sysctl]\nkernel.pid_max=99999\n[script]\npriority=5\n'
profile grandchild '[main]\ninclude=child\n[script]\npriority=6\n'
cat >load.py <<'EOS'
import os
from tuned.profiles import Factory, Loader, Locator, Merger
from tuned.profiles.variables import Variables

for name in "parent", "child", "grandchild":
    units = Loader(Locator(["profiles"]), Factory(), Merger(), None, Variables()).load(name).units
    print("%s: net for %s, sysctl %s with %s, scripts %s" % (
        name, units["net"].devices, "on" if units["sysctl"].enabled else "off", " and ".join(units["sysctl"].options),
        " ".join(map(os.path.basename, units["script"].options["script"]))))
EOS
PYTHONPATH=root/usr/lib/python3/dist-packages python3 load.py >seen 2>log
cat >expected <<'EOS'
parent: net for eth0, sysctl off with vm.swappiness, scripts set-up.sh
child: net for *, sysctl on with vm.swappiness and kernel.pid_max, scripts set-up.sh set-up.sh
grandchild: net for *, sysctl on with vm.swappiness and kernel.pid_max, scripts set-up.sh set-up.sh set-up.sh set-up.sh
EOS
sed 's/^/seen: /' seen
diff expected seen
echo ok
