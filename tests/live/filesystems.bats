#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2086,SC2154 # helpers.bash sets out, err, and paths without blanks
# Filesystems that hold no swapfile of memprov's, each refused in its own words.

load helpers
bats_require_minimum_version 1.5.0

@test "tmpfs is refused" {
	mkdir $live/tmpfs
	mount -t tmpfs -o mode=0755,size=1G memprov-live $live/tmpfs
	refused apply --file $live/tmpfs/swapfile \
		'is on tmpfs, which is in memory itself; name a file on a disk (--file)'
}

@test "ramfs is refused" {
	mkdir $live/ramfs
	mount -t ramfs -o mode=0755 memprov-live $live/ramfs
	refused apply --file $live/ramfs/swapfile \
		'is on ramfs, which is in memory itself; name a file on a disk (--file)'
}

@test "overlayfs is refused" {
	mkdir $disk/{lower,upper,work} $live/overlay
	mount -t overlay -o lowerdir=$disk/lower,upperdir=$disk/upper,workdir=$disk/work \
		overlay $live/overlay
	refused apply --file $live/overlay/swapfile \
		"is on overlayfs, which cannot hold a swapfile; name a file on a disk's own filesystem"
}

# To be told to remount these rw would help nobody.
@test "squashfs is refused for what it is, not for its read-only mount" {
	mkdir $work/tree $live/squashfs
	mksquashfs $work/tree $images/squashfs.img -quiet -no-progress
	mount -t squashfs -o loop $images/squashfs.img $live/squashfs
	refused apply --file $live/squashfs/swapfile \
		'is on squashfs, which is always read-only; name a file on ext4 or xfs (--file)'
}

@test "erofs is refused for what it is, not for its read-only mount" {
	mkdir $work/tree $live/erofs
	mkfs.erofs $images/erofs.img $work/tree
	mount -t erofs -o loop $images/erofs.img $live/erofs
	refused apply --file $live/erofs/swapfile \
		'is on erofs, which is always read-only; name a file on ext4 or xfs (--file)'
}

@test "FUSE is refused, although the kernel takes a swapfile on ntfs-3g" {
	mkdir $live/ntfs
	truncate --size 512M $images/ntfs.img
	mkfs.ntfs --quiet --fast --force $images/ntfs.img
	# Its process lives on, and is not to keep bats waiting.
	mount -t ntfs-3g -o loop,umask=022 $images/ntfs.img $live/ntfs 3>&-
	[[ $(findmnt --noheadings --output FSTYPE $live/ntfs) == fuseblk ]]
	refused apply --file $live/ntfs/swapfile \
		'is on fuseblk (ntfs-3g, for example), whose process could itself be swapped out; name'

	dd if=/dev/zero of=$live/ntfs/other bs=1M count=1 status=none
	mkswap $live/ntfs/other
	swapon $live/ntfs/other
	is_active $live/ntfs/other
	swapoff $live/ntfs/other
}

@test "a filesystem that the profile does not list is refused" {
	profile 's/^  keep-free.*/&\n  filesystems: [xfs, btrfs]/'
	refused apply "is on ext4, which the profile's swap.filesystems does not list; add it there, or"
	profile 's/^  keep-free.*/&\n  filesystems: [xfs, btrfs, ext4]/'
	memprov 3 apply --dry-run
}

@test "a read-only filesystem is refused until it is remounted rw" {
	mount --options remount,ro $disk
	refused apply 'is on ext4, which is mounted read-only; remount it rw, or name a file on another'
	mount --options remount,rw $disk
	memprov 3 apply --dry-run
}

@test "a subtree that is mounted read-only is refused until it is remounted rw" {
	mkdir $disk/data $live/data
	mount --bind $disk/data $live/data
	mount --options remount,bind,ro $live/data
	refused apply --file $live/data/swapfile 'is on ext4, which is mounted read-only; remount it rw'
	mount --options remount,rw $live/data
	memprov 3 apply --file $live/data/swapfile --dry-run
}
