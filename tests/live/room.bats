#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2086,SC2154 # helpers.bash sets out, err, and paths without blanks
# How large the swapfile becomes: by the room there is, by the swap there is, and by order.

load helpers
bats_require_minimum_version 1.5.0

free_bytes() {
	echo $(($(stat --file-system --format '%a * %S' $disk)))
}

# leave MIB: fills the disk until that much room is left
leave() {
	fallocate --length $(($(free_bytes) - ($1 << 20))) $disk/ballast
}

@test "too little room for the recommended size makes the largest whole GiB that fits" {
	profile 's/256M/4G/; s/128M/512M/'
	memprov 0 apply --json
	holds '.target.reduced and .target.file_bytes == 1073741824'
	holds '.warnings | any(contains("reduced to 1 GiB"))'
	same "$(size_of $swapfile)" $((1 << 30))
	memprov 0 apply --json
	holds '.changed == false'
	memprov 0 audit
}

@test "below one GiB the size is reduced in steps of 64 MiB, down to the minimum" {
	profile 's/256M/900M/; s/128M/300M/'
	leave 600
	memprov 0 apply --json
	holds '.target.reduced'
	same "$(size_of $swapfile)" $((576 << 20))
	memprov 0 remove
	rm $disk/ballast
	leave 310
	memprov 0 apply
	same "$(size_of $swapfile)" $((300 << 20))
}

@test "too little room for the minimum is refused" {
	leave 100
	refused apply 'needs 128 MiB, but there is room for'
	rm $disk/ballast
	profile 's/256M/8G/; s/128M/4G/'
	refused apply 'needs 4 GiB, but there is room for'
}

@test "room that comes later lets the swapfile grow to what is recommended" {
	leave 200
	memprov 0 apply
	same "$(size_of $swapfile)" $((192 << 20))
	rm $disk/ballast
	memprov 3 audit
	memprov 0 apply
	same "$(size_of $swapfile)" $((256 << 20))
	leave 4
	memprov 0 apply --json
	holds '.changed == false'
}

# most FILE: the largest --size, in KiB, that is not blocked
most() {
	local low=128 high=$((1 << 20)) middle

	while ((high - low > 4)); do
		middle=$(((low + high) / 2 & ~3))
		if $live/memprov apply --dry-run --quiet --file "$1" --size ${middle}K >$work/out 2>&1
		then
			return 1 # a dry run of a swapfile that is not there has something to do
		elif (($? == 3)); then
			low=$middle
		else
			high=$middle
		fi
	done
	echo $low
}

# fills TYPE [MKFS OPTION]...: what fits is made, both by the profile and by --size
fills() {
	local type=$1 file=$live/$1/swapfile kib
	make_disk "$type" 400M "$@"
	profile 's/256M/4G/'
	memprov 0 apply --file $file --json
	holds '.target.reduced and .target.file_bytes >= 268435456'
	# But for pages in pieces, with blocks smaller than they are.
	awk -v file=$file -v kib=$(($(size_of $file) >> 10)) \
		'$1 == file { ok = $3 > kib * 0.999 - 4 } END { exit !ok }' /proc/swaps
	memprov 0 apply --file $file --json
	holds '.changed == false'
	memprov 0 remove --file $file
	sync --file-system $live/$type

	kib=$(most $file)
	memprov 1 apply --file $file --size $((kib + 4))K
	says 'but there is room for'
	memprov 0 apply --file $file --size ${kib}K
	same "$(size_of $file)" $((kib << 10))
	is_active $file
	memprov 0 apply --file $file --size ${kib}K --json
	holds '.changed == false'
	# That is most of it: what is left is needed for little but the file's own map.
	(($(stat --file-system --format '%a * %S' $live/$type) < 4 << 20))
	memprov 0 remove --file $file
}

@test "all the room of an ext4 can be used" {
	fills ext4 -m 0 -b 4096
}

@test "all the room of an ext4 with 1 KiB blocks can be used" {
	fills ext4 -m 0 -b 1024
}

@test "all the room of an ext4 but root's reserve can be used" {
	fills ext4 -b 4096
	((($(stat --file-system --format '%f * %S' $live/ext4)) > 16 << 20))
}

@test "all the room of an ext3 can be used" {
	fills ext3 -m 0 -b 4096
}

@test "all the room of an ext3 with 1 KiB blocks can be used" {
	fills ext3 -m 0 -b 1024
}

@test "all the room of an ext2 can be used" {
	fills ext2 -b 4096
}

@test "all the room of an ext2 with 1 KiB blocks can be used" {
	fills ext2 -m 0 -b 1024
}

@test "all the room of an xfs can be used" {
	fills xfs
}

@test "all the room of an xfs with 1 KiB blocks can be used" {
	fills xfs -b size=1k
}

@test "all the room of a btrfs can be used" {
	fills btrfs
}

@test "all the room of a btrfs with mixed block groups can be used" {
	fills btrfs --mixed
}

@test "what is to be kept free is kept free" {
	profile 's/keep-free: 0M/keep-free: 1400M/'
	refused apply 'needs 128 MiB, but there is room for'
	profile 's/keep-free: 0M/keep-free: 50%/'
	memprov 0 apply
	(($(free_bytes) > 700 << 20))
}

@test "a swap partition counts towards the recommendation" {
	loop_swap 128M
	memprov 0 apply --json
	# Its header page counts too, though the kernel leaves it out.
	same "$(size_of $swapfile)" $((128 << 20))
	memprov 0 apply --json
	holds '.changed == false'
	holds '[.facts.swap[] | select(.path | test("loop|live")) | .type + " " + (.ours | tostring)] == ["partition false", "file true"]'
}

@test "a swap partition that is large enough makes a swapfile unnecessary" {
	loop_swap 256M
	memprov 0 apply --json
	same "$(kinds 'done')" 'sysctl sysctl-file'
	holds '.steps[0].why | endswith("of other swap are enough")'
	[[ ! -e $swapfile ]]
	swapoff "$partition"
	memprov 3 audit
}

@test "a swapfile of somebody else's counts, and is left alone" {
	file_swap 128M $disk/hers
	sum=$(sha256sum $disk/hers)
	memprov 0 apply
	same "$(size_of $swapfile)" $((128 << 20))
	memprov 0 remove
	is_active $disk/hers
	same "$(sha256sum $disk/hers)" "$sum"
}

@test "zram does not count" {
	[[ -e /sys/class/zram-control ]] || skip "this kernel has no zram"
	make_zram 512M
	swapon --priority 100 "$zram"
	memprov 0 apply
	same "$(size_of $swapfile)" $((256 << 20))
}

@test "--size grows and shrinks the active swapfile, which keeps its identity" {
	memprov 0 apply
	uuid=$(blkid --probe --match-tag UUID --output value $swapfile)
	for mib in 320 64 256; do
		memprov 3 audit --size ${mib}M
		memprov 0 apply --size ${mib}M
		same "$(size_of $swapfile)" $((mib << 20))
		is_active $swapfile
		memprov 0 audit --size ${mib}M
		memprov 0 apply --size ${mib}M --json
		holds '.changed == false'
	done
	same "$(blkid --probe --match-tag UUID --output value $swapfile)" "$uuid"
	same "$(grep -c "^$swapfile " /etc/fstab)" 1
}

@test "--size does not count other swap, and is refused where it does not fit" {
	loop_swap 128M
	memprov 0 apply --size 64M
	same "$(size_of $swapfile)" $((64 << 20))
	refused apply --size 2G 'needs 2 GiB, but there is room for'
}

@test "--size 0 takes the swapfile away and keeps the sysctls" {
	before=$(</etc/fstab)
	memprov 0 apply
	memprov 0 apply --size 0
	[[ ! -e $swapfile ]]
	run ! is_active $swapfile
	same "$(</etc/fstab)" "$before"
	[[ $(</proc/sys/vm/swappiness) == 33 ]]
	memprov 0 apply --size 0 --json
	holds '.changed == false'
}

@test "a larger swapfile is kept, or shrunk where the profile says so" {
	memprov 0 apply --size 512M
	memprov 0 apply --json
	holds '.changed == false'
	profile 's/^  keep-free.*/&\n  larger: shrink/'
	memprov 0 apply
	same "$(size_of $swapfile)" $((256 << 20))
	is_active $swapfile
}

@test "another path in the profile makes the new swapfile first, then retires the old one" {
	memprov 0 apply
	profile "s|$swapfile|$disk/other|"
	memprov 0 apply
	is_active $disk/other
	run ! is_active $swapfile
	[[ ! -e $swapfile ]]
	run ! grep -q "^$swapfile " /etc/fstab
	grep -q "^$disk/other " /etc/fstab
	memprov 0 apply --json
	holds '.changed == false'
}
