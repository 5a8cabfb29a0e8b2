#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2030,SC2031,SC2154 # each test has the variables to itself; run sets output
# Debian's package: built twice, looked at by lintian, and installed, upgraded and purged in a Debian
# of its own. That one says it runs systemd; its systemctl notes what it is asked for.

bats_require_minimum_version 1.5.0
source=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
upper=$BATS_TEST_TMPDIR/upper # what the test changes of the Debian
root=$BATS_TEST_TMPDIR/root   # the Debian as it is then
calls=/calls                  # of systemctl

# copy_source DIRECTORY: without git, not today's, and readable by its owner only
copy_source() {
	mkdir -p "$1"
	(cd "$source" && find . \( -path ./build -o -path ./.git \) -prune -o -type f -print0 |
		xargs -0 cp --parents --target-directory "$1")
	find "$1" -type f -exec touch --date 2001-02-03 {} + -exec chmod go= {} +
}

setup_file() {
	export LC_ALL=C.UTF-8 deb old
	make -s -C "$source" deb >"$BATS_FILE_TMPDIR/build.log" 2>&1 || {
		tail -n 50 "$BATS_FILE_TMPDIR/build.log"
		return 1
	}
	deb=$(echo "$source"/build/memprov_*.deb)
	# The former version: with a file that is gone since, and another text in one that is not.
	dpkg-deb --raw-extract "$deb" "$BATS_FILE_TMPDIR/old"
	sed -i 's/^Version: .*/Version: 0.0.9/' "$BATS_FILE_TMPDIR/old/DEBIAN/control"
	echo former >"$BATS_FILE_TMPDIR/old/usr/share/memprov/profiles/former.yaml"
	echo '# former' >>"$BATS_FILE_TMPDIR/old/usr/lib/systemd/system/memprov-audit.timer"
	old=$BATS_FILE_TMPDIR/old.deb
	dpkg-deb --root-owner-group --build "$BATS_FILE_TMPDIR/old" "$old" >/dev/null
	"$BATS_TEST_DIRNAME/tree" >"$BATS_FILE_TMPDIR/tree"
}

setup() {
	mkdir "$upper" "$BATS_TEST_TMPDIR/work" "$root"
	mount -t overlay overlay -o "lowerdir=$(<"$BATS_FILE_TMPDIR/tree"),upperdir=$upper,workdir=$BATS_TEST_TMPDIR/work" "$root"
	mkdir -p "$root/run/systemd/system" "$root/etc/memprov" "$root/etc/sysctl.d"
	printf '#!/bin/sh\necho "$*" >>%s\n' $calls >"$root/usr/bin/systemctl"
	chmod 0755 "$root/usr/bin/systemctl"
	# A machine that has been provisioned.
	echo '/swapfile none swap sw,nofail 0 0' >"$root/etc/fstab"
	echo vm.swappiness = 10 >"$root/etc/sysctl.d/99-zz-memprov.conf"
	echo 'memprov: 1' >"$root/etc/memprov/profile.yaml"
	install -m 0600 /dev/null "$root/swapfile"
	before=$(all)
	package=$(dpkg-deb --fsys-tarfile "$deb" | tar --list | sed -n 's/^\.//; /[^/]$/p' | sort)
}

teardown() {
	umount "$root"
}

# What differs from the Debian that was unpacked, but for what dpkg and its helper keep for themselves.
all() {
	(cd "$upper" && find . ! -type d ! -path './var/lib/dpkg/*' ! -path ./var/log/dpkg.log \
		! -path './var/lib/systemd/deb-systemd-helper-*' ! -path ".$calls" \
		-exec stat --format '%n %A %u %g %s %Y' {} + -exec sha256sum {} + | sort)
}

# The names of files that came since the test began.
added() {
	comm -13 <(echo "$before") <(all) | sed -nE 's/^\.([^ ]+) -.*/\1/p'
}

dpkg_in() {
	chroot "$root" env --ignore-environment PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		dpkg --force-unsafe-io "$@" >"$BATS_TEST_TMPDIR/dpkg.log" 2>&1 || {
		cat "$BATS_TEST_TMPDIR/dpkg.log"
		return 1
	}
}

# put DEB: installs it
put() {
	cp "$1" "$root/memprov.deb"
	dpkg_in --install /memprov.deb
	rm "$root/memprov.deb"
}

# asked: what systemctl was asked for since the last time
asked() {
	[[ ! -e $root$calls ]] || cat "$root$calls"
	rm --force "$root$calls"
}

@test "two builds of the same sources give the same bytes" {
	first=$(cd "$source/build" && sha256sum memprov*.deb)
	copy_source "$BATS_TEST_TMPDIR/a-longer/way"
	(umask 077 && cd "$BATS_TEST_TMPDIR/a-longer/way" &&
		TZ=Asia/Tokyo LC_ALL=C USER=nobody CFLAGS=-O0 make -s deb >"$BATS_TEST_TMPDIR/build.log" 2>&1) || {
		tail -n 50 "$BATS_TEST_TMPDIR/build.log"
		false
	}
	diff <(echo "$first") <(cd "$BATS_TEST_TMPDIR/a-longer/way/build" && sha256sum memprov*.deb)
	[[ $(wc -l <<<"$first") == 2 ]]
}

@test "lintian has nothing to warn of" {
	run -0 lintian --allow-root --fail-on error,warning --display-level '>=warning' --pedantic \
		"$source"/build/memprov_*.changes
	[[ ! $output ]] || {
		echo "$output"
		false
	}
}

@test "installed, it has added its files, and changed and started nothing" {
	put "$deb"
	diff <(echo "$package") <(added)
	[[ ! $(comm -23 <(echo "$before") <(all)) ]]
	[[ ! $(asked) ]]
	for unit in memprov.service memprov-audit.timer; do
		run systemctl --root="$root" is-enabled $unit
		[[ $output == disabled ]]
	done
	run -0 chroot "$root" /usr/sbin/memprov --version
	[[ $output == "memprov $(dpkg-deb --field "$deb" Version)" ]]
}

@test "an upgrade leaves units as the administrator has them, running ones too" {
	put "$old"
	systemctl --root="$root" enable memprov-audit.timer 2>/dev/null
	asked >/dev/null
	put "$deb"
	[[ ! $(asked) ]]
	run systemctl --root="$root" is-enabled memprov-audit.timer
	[[ $output == enabled ]]
	run systemctl --root="$root" is-enabled memprov.service
	[[ $output == disabled ]]
	diff <(printf '%s\n' "$package" /etc/systemd/system/timers.target.wants/memprov-audit.timer | sort) \
		<(comm -13 <(echo "$before") <(all) | sed -nE 's/^\.([^ ]+) [-l].*/\1/p')
	# And if the administrator has taken it back, so it stays.
	systemctl --root="$root" disable memprov-audit.timer 2>/dev/null
	put "$deb"
	run systemctl --root="$root" is-enabled memprov-audit.timer
	[[ $output == disabled ]]
}

@test "removed, only the timer is stopped; purged, nothing is left, and what was applied is" {
	put "$deb"
	systemctl --root="$root" enable memprov.service memprov-audit.timer 2>/dev/null
	asked >/dev/null
	dpkg_in --remove memprov
	run -0 asked
	grep -qx 'stop memprov-audit.timer' <<<"$output"
	run ! grep -vx -e '.*daemon-reload' -e '.*is-.*' -e 'stop memprov-audit.timer' <<<"$output"
	dpkg_in --purge memprov
	diff <(echo "$before") <(all)
	run find "$root/var/lib/systemd" "$root/usr" "$root/etc" -name '*memprov*'
	diff <(printf '%s\n' "$root"/etc/{memprov,sysctl.d/99-zz-memprov.conf}) <(sort <<<"$output")
}
