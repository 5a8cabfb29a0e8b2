#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2086,SC2154 # helpers.bash sets out, err, and paths without blanks
# A swapfile on every filesystem that can have one, in the shapes they come in: made, used whole,
# left alone by a second run, and taken away again.

load helpers
bats_require_minimum_version 1.5.0

# The kernel leaves out the header page, and with blocks smaller than a page what lies askew.
uses_all_of() {
	awk -v file="$1" -v kib=$(($(size_of "$1") >> 10)) \
		'$1 == file { ok = $3 > kib * 0.999 - 8 } END { exit !ok }' /proc/swaps
}

# serves FILE: from nothing to a swapfile and back
serves() {
	local file=$1 fstab before after

	fstab=$(</etc/fstab)
	memprov 0 apply --file "$file" --json
	holds '.changed and .conforms'
	same "$(stat --format '%s %a %u %g %h' "$file")" "$((256 << 20)) 600 0 0 1"
	is_active "$file"
	uses_all_of "$file"
	before=$(all)
	memprov 0 apply --file "$file" --json
	holds '.changed == false'
	memprov 0 audit --file "$file"
	after=$(all)
	same "$before" "$after"
	# As the next boot does it.
	swapoff "$file"
	swapon "$file"
	uses_all_of "$file"
	memprov 0 audit --file "$file"
	memprov 0 remove --file "$file"
	[[ ! -e $file ]]
	run ! is_active "$file"
	same "$(</etc/fstab)" "$fstab"
}

# on TYPE [MKFS OPTION]...
on() {
	make_disk fs 600M "$@"
	chmod 0755 $live/fs
	serves $live/fs/swapfile
}

@test "ext4" {
	on ext4 -b 4096
}

@test "ext4 with 1 KiB blocks" {
	on ext4 -b 1024
}

@test "ext4 with bigalloc" {
	on ext4 -O bigalloc -C 65536
}

@test "ext4 without a journal" {
	on ext4 -O ^has_journal
}

@test "ext3" {
	on ext3
}

@test "ext2" {
	on ext2
}

@test "xfs" {
	on xfs -m reflink=1
}

@test "xfs without reflink" {
	on xfs -m reflink=0
}

@test "xfs with 1 KiB blocks" {
	on xfs -b size=1k
}

@test "btrfs" {
	on btrfs
}

@test "btrfs that compresses everything" {
	make_disk fs 600M btrfs
	mount --options remount,compress-force=zstd $live/fs
	serves $live/fs/swapfile
	# Or a directory does, whose files take after it.
	mkdir $live/fs/packed
	chattr +c $live/fs/packed
	serves $live/fs/packed/swapfile
}

@test "btrfs that is mounted nodatacow" {
	make_disk fs 600M btrfs
	mount --options remount,nodatacow $live/fs
	serves $live/fs/swapfile
}

@test "btrfs with data and metadata in the same block groups" {
	on btrfs --mixed
}

@test "a subvolume of btrfs, where it lies and where it is mounted" {
	make_disk fs 600M btrfs
	btrfs subvolume create $live/fs/@swap >/dev/null
	serves $live/fs/@swap/swapfile
	mkdir --mode 0755 $live/swap
	mount --options loop,subvol=@swap $images/fs.img $live/swap
	serves $live/swap/swapfile
}
