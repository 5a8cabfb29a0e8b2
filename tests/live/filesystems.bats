#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2086,SC2154 # helpers.bash sets out, err, and paths without blanks
# Filesystems that hold no swapfile of memprov's, each refused in its own words.

load helpers
bats_require_minimum_version 1.5.0

@test "tmpfs is refused" {
	mkdir $live/tmpfs
	mount -t tmpfs -o mode=0755,size=1G memprov-live $live/tmpfs
	refused apply --file $live/tmpfs/swapfile 'is on tmpfs, which is in memory itself'
}

@test "overlayfs is refused" {
	mkdir $disk/{lower,upper,work} $live/overlay
	mount -t overlay -o lowerdir=$disk/lower,upperdir=$disk/upper,workdir=$disk/work \
		overlay $live/overlay
	refused apply --file $live/overlay/swapfile 'is on overlayfs, which cannot hold a swapfile'
}

@test "btrfs is refused until this program can serve it" {
	make_disk btrfs 512M btrfs
	chmod 0755 $live/btrfs
	refused apply --file $live/btrfs/swapfile "is on btrfs; this version of memprov"
}

@test "a filesystem that the profile does not list is refused" {
	profile 's/^  keep-free.*/&\n  filesystems: [xfs, btrfs]/'
	refused apply 'is on ext4, which the profile'
}

@test "a read-only filesystem is refused" {
	mount --options remount,ro $disk
	refused apply 'its filesystem is mounted read-only'
}
