#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2086,SC2154 # helpers.bash sets out, err, and paths without blanks
# A swapfile that is in use is changed where it is: what is swapped out comes back, its UUID and
# label stay, and a kill at any call leaves one that the kernel takes.

load helpers
bats_require_minimum_version 1.5.0

uuid=11111111-2222-4333-8444-555555555555

# hers_on TYPE: active, on a disk of that type, a swapfile of 64 MiB that somebody else made
hers_on() {
	if [[ $1 != ext4 ]]; then
		# Of smaller blocks than pages the kernel would not use all.
		if [[ $1 == ext3 ]]; then
			make_disk $1 384M $1 -b 4096
		else
			make_disk $1 384M $1
		fi
		disk=$live/$1
		swapfile=$disk/swapfile
		profile ''
	fi
	: >$swapfile
	[[ $1 != btrfs ]] || chattr +C $swapfile
	dd if=/dev/zero of=$swapfile bs=1M count=64 conv=notrunc status=none
	chmod 0600 $swapfile
	mkswap --quiet --label hers --uuid $uuid $swapfile
	memprov 0 apply --size 64M
	inode=$(stat --format %i $swapfile)
}

# is_hers MIB: of that size, all of it used by the kernel, and the same file as before
is_hers() {
	same "$(stat --format '%i %s %a %u' $swapfile)" "$inode $(($1 << 20)) 600 0"
	same "$(blkid --probe --match-tag UUID --match-tag LABEL --output value $swapfile)" \
		"hers"$'\n'"$uuid"
	(($(awk -v file=$swapfile '$1 == file { print $3 }' /proc/swaps) >= ($1 << 10) - 4))
}

# resizes TYPE CALL...: these calls between swapoff and the header make it larger
resizes() {
	local to fstab

	hers_on $1
	for to in 96 64; do
		swapped_out 24
		(($(used_kib $swapfile) >= 20 << 10))
		fstab=$(</etc/fstab)
		traced $work/trace apply --size ${to}M
		if ((to == 96)); then
			in_order $work/trace ' swapoff\(' "${@:2}" ' pwrite64\(.*, 4096, 0\)' \
				' fsync\(' ' swapon\('
		else
			in_order $work/trace ' swapoff\(' ' pwrite64\(.*, 4096, 0\)' ' fsync\(' \
				' ftruncate\(.*, 67108864\)' ' fsync\(' ' swapon\('
		fi
		same "$(grep -c ' swapo[nf]*(' $work/trace)" 2
		is_hers $to
		is_whole_again
		same "$(</etc/fstab)" "$fstab"
		memprov 0 apply --size ${to}M --json
		holds '.changed == false'
	done
}

@test "ext4 in use is grown and cut in place" {
	resizes ext4 ' fallocate\(.*, 100663296\)'
}

@test "ext3 in use is grown by zeros and cut in place" {
	resizes ext3 ' pwrite64\(.*, 4194304, 67108864\)' ' pwrite64\(.*, 4194304, 92274688\)'
}

@test "xfs in use is grown and cut in place" {
	resizes xfs ' fallocate\(.*, 100663296\)'
}

@test "btrfs in use is grown and cut in place" {
	resizes btrfs ' fallocate\(.*, 100663296\)'
}

@test "a profile that says shrink cuts what is in use, and its label stays" {
	hers_on ext4
	profile 's/256M/96M/; s/128M/32M/; s/^  keep-free.*/&\n  larger: shrink/'
	memprov 0 apply --size 160M
	swapped_out 24
	memprov 0 apply
	is_hers 96
	is_whole_again
	memprov 0 apply --json
	holds '.changed == false'
}

# killed_at CALL N MIB: on the way to that size
killed_at() {
	local fstab
	fstab=$(</etc/fstab)
	echo "to $3 MiB, killed at $1, the $2."
	killed "$1" "$2" apply --size "$3M"
	same "$(</etc/fstab)" "$fstab"
	# As the next boot does it, and off again, as the kill has left it.
	if ! is_active $swapfile; then
		swapon $swapfile
		swapoff $swapfile
	fi
	memprov 0 apply --size "$3M"
	is_hers "$3"
	same "$(</etc/fstab)" "$fstab"
	memprov 0 apply --size "$3M" --json
	holds '.changed == false'
}

# killed_on TYPE: while it grows and while it is cut, in turns
killed_on() {
	local i

	hers_on $1
	# A kill, not a power failure: what the disk itself has written does not matter.
	[[ $1 == xfs ]] || mount --options remount,nobarrier $disk
	traced $work/grow.trace apply --size 96M
	traced $work/cut.trace apply --size 64M
	mapfile -t grow < <(points $work/grow.trace)
	mapfile -t cut < <(points $work/cut.trace)
	((${#grow[@]} >= 8 && ${#cut[@]} >= 8))
	for ((i = 0; i < ${#grow[@]} || i < ${#cut[@]}; i++)); do
		# The shorter list from its beginning again.
		killed_at ${grow[i % ${#grow[@]}]} 96
		killed_at ${cut[i % ${#cut[@]}]} 64
	done
}

@test "killed at any call on ext4, the next run finishes the work" {
	killed_on ext4
}

@test "killed at any call on ext3, the next run finishes the work" {
	killed_on ext3
}

@test "killed at any call on xfs, the next run finishes the work" {
	killed_on xfs
}

@test "killed at any call on btrfs, the next run finishes the work" {
	killed_on btrfs
}
