#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2086,SC2154 # helpers.bash sets out, err, and paths without blanks
# What else than fstab decides at boot, as found on the running system: refused, and nothing changes.

load helpers
bats_require_minimum_version 1.5.0

# What systemd would do at the next boot; no command of it is run.
@test "units and kernel command lines that leave the swapfile off at boot are refused" {
	local unit
	unit=/etc/systemd/system/$(systemd-escape --path --suffix=swap $swapfile)

	mkdir --parents /run/systemd/system /etc/systemd/system
	ln -s /dev/null "$unit"
	refused apply --size 256M "$unit: masks ${unit##*/}, so that systemd leaves the swapfile off at boot"
	rm "$unit"
	: >"$unit"
	refused apply --size 256M "$unit: masks ${unit##*/}"
	echo '[Swap]' >"$unit"
	refused apply --size 256M "$unit: is taken for ${unit##*/} at boot, rather than the fstab line"
	rm "$unit"
	ln -s /dev/null /etc/systemd/system/swap.target
	refused apply --size 256M 'systemctl unmask '"'swap.target'"
	rm /etc/systemd/system/swap.target
	echo 'quiet systemd.swap=0' >$work/cmdline
	mount --bind $work/cmdline /proc/cmdline
	refused apply --size 256M '/proc/cmdline: with systemd.swap=0 on the kernel command line'
	umount /proc/cmdline
	memprov 3 apply --size 256M --dry-run
}
