#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2086,SC2154 # helpers.bash sets out, err, and paths without blanks
# What goes on on a machine is no reason to change its swap: free space, other swap and memory come
# and go, and a run finds nothing to do.

load helpers
bats_require_minimum_version 1.5.0

dropin=/etc/sysctl.d/99-zz-memprov.conf

# unchanged: nor is it to be
unchanged() {
	memprov 0 apply --json
	holds '.changed == false and .conforms'
	memprov 0 audit
	same "$(stat --format '%n %i %s %b %a %u %h %y %z %w' $swapfile /etc/fstab $dropin)" "$files"
	same "$(sha256sum /etc/fstab $dropin)" "$sums"
	is_active $swapfile
}

# leave MIB: ballast, so that as much is free
leave() {
	rm -f $disk/ballast
	sync --file-system $disk
	fallocate --length $(($(stat --file-system --format '%a * %S' $disk) - ($1 << 20))) \
		$disk/ballast
}

# ten_runs TYPE: of a swapfile that is as recommended
ten_runs() {
	local round

	if [[ $1 != ext4 ]]; then
		make_disk $1 1G $1
		disk=$live/$1
		swapfile=$disk/swapfile
		profile ''
	fi
	memprov 0 apply
	files=$(stat --format '%n %i %s %b %a %u %h %y %z %w' $swapfile /etc/fstab $dropin)
	sums=$(sha256sum /etc/fstab $dropin)
	for round in {1..10}; do
		echo "round $round"
		case $round in
		1 | 9) leave 8 ;;
		3) leave 100 ;;
		5) rm $disk/ballast ;;
		2 | 6) loop_swap 96M ;;
		7) swapped_out 48 ;;
		4 | 8)
			swapoff "$partition"
			losetup --detach "$partition"
			;;
		10) is_whole_again ;;
		esac
		((round < 7 || round > 9)) || (($(used_kib $swapfile) > 20 << 10))
		unchanged
	done
	same "$(size_of $swapfile)" $((256 << 20))
}

@test "ten runs while room, other swap and memory come and go change nothing on ext4" {
	ten_runs ext4
}

@test "ten runs while room, other swap and memory come and go change nothing on xfs" {
	ten_runs xfs
}

@test "ten runs while room, other swap and memory come and go change nothing on btrfs" {
	ten_runs btrfs
}

@test "nor does a size between the minimum and what is recommended change without room" {
	leave 200
	memprov 0 apply
	same "$(size_of $swapfile)" $((192 << 20))
	files=$(stat --format '%n %i %s %b %a %u %h %y %z %w' $swapfile /etc/fstab $dropin)
	sums=$(sha256sum /etc/fstab $dropin)
	for mib in 4 40 4; do
		leave $mib
		unchanged
		loop_swap 64M
		unchanged
		swapoff "$partition"
		losetup --detach "$partition"
		unchanged
	done
}
