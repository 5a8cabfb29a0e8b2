#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2086,SC2154 # helpers.bash sets out, err, and paths without blanks
# Another path asked for: the new swapfile is in use, and in fstab, before the former one goes.

load helpers
bats_require_minimum_version 1.5.0

# A swapfile of 64 MiB at $old; another one is to be at $new, on a disk of that type.
from_here_to() {
	old=$swapfile
	case $1 in
	ext4) new=$disk/other ;;
	btrfs)
		make_disk fs 384M btrfs
		new=$live/fs/swap/swapfile
		;;
	*)
		make_disk fs 384M $1
		new=$live/fs/swapfile
		;;
	esac
	profile 's/256M/64M/; s/128M/32M/'
	memprov 0 apply
	(($(stat --format %s $old) == 64 << 20))
}

# Of all disks, by what is in them.
labelled() {
	find $live -path $work -prune -o -type f -size +1M -exec \
		blkid --probe --match-token LABEL=memprov --output device {} \; | sort
}

lines() {
	awk -v live="$live/" 'index($1, live) == 1 && $3 == "swap"' /etc/fstab
}

# is_only FILE: active, in fstab, and the only one of ours that there is
is_only() {
	same "$(labelled)" "$1"
	same "$(lines)" "$1 none swap sw,nofail 0 0"
	same "$(awk -v live="$live/" 'index($1, live) == 1 { print $1 }' /proc/swaps)" "$1"
	same "$(size_of $1)" $((64 << 20))
}

# moves TYPE: in use, there and back
moves() {
	from_here_to $1
	for to in $new $old; do
		from=$([[ $to == "$new" ]] && echo $old || echo $new)
		swapped_out 24
		(($(used_kib $from) >= 20 << 10))
		traced $work/trace apply --file $to
		in_order $work/trace " linkat\\(.*\"${to##*/}\"" ' swapon\(' ' renameat\(.*"fstab"\)' \
			' swapoff\(' " unlinkat\\(.*\"${from##*/}\"" ' renameat\(.*"fstab"\)'
		same "$(grep -c ' swapo[nf]*(' $work/trace)" 2
		is_only $to
		is_whole_again
		memprov 0 apply --file $to --json
		holds '.changed == false and .warnings == (.warnings | map(select(contains("btrfs"))))'
	done
}

@test "to another name on the same disk" {
	moves ext4
}

@test "from ext4 to xfs and back" {
	moves xfs
}

@test "from ext4 to a new directory of a btrfs and back" {
	moves btrfs
	same "$(stat --format '%a %u %i' $live/fs/swap)" '700 0 256'
}

# Some swap is active, and some line of fstab leads to what a boot can activate.
is_safe() {
	local file good=0

	is_active $old || is_active $new
	while read -r file _; do
		[[ -e $file ]] || continue
		if ! is_active $file; then
			swapon $file
			swapoff $file
		fi
		good=1
	done < <(lines)
	((good))
	# What leads nowhere must not make a boot fail.
	while read -r file _ _ options _; do
		[[ -e $file || ,$options, == *,nofail,* ]]
	done < <(lines)
}

# killed_to TYPE: there and, but from a directory that is made, back again in turns
killed_to() {
	local point call n former

	from_here_to $1
	# A kill, not a power failure: what the disk itself has written does not matter.
	mount --options remount,nobarrier $disk
	traced $work/move.trace apply --file $new
	memprov 0 apply --file $old
	mapfile -t all_points < <(points $work/move.trace)
	((${#all_points[@]} >= 20))
	for point in "${all_points[@]}"; do
		read -r call n <<<"$point"
		echo "killed at $call, the $n, on the way to $new."
		[[ $1 != btrfs || ! -e $live/fs/swap ]] || rmdir $live/fs/swap
		killed "$call" "$n" apply --file $new
		is_safe
		memprov 0 apply --file $new
		is_only $new
		memprov 0 apply --file $new --json
		holds '.changed == false'
		if [[ $1 == btrfs ]]; then
			memprov 0 apply --file $old
		else
			former=$old old=$new new=$former
		fi
	done
}

@test "killed at any call on the same disk, the next run finishes the work" {
	killed_to ext4
}

@test "killed at any call on the way to xfs, the next run finishes the work" {
	killed_to xfs
}

@test "killed at any call on the way to a btrfs, the next run finishes the work" {
	killed_to btrfs
}

# What a run that was killed left of a swapfile, and then another wish comes.
@test "a former swapfile that is only half gone is wanted again, or goes with remove" {
	from_here_to ext4
	before=$(grep -v "^$live" /etc/fstab)
	for last in unlinkat renameat; do
		# The line of the former one is the last to be changed.
		traced $work/trace apply --file $new
		n=$(points $work/trace | awk -v call=$last '$1 == call { n = $2 } END { print n }')
		memprov 0 apply --file $old
		killed $last $n apply --file $new
		lines | grep -q "^$old none swap sw,nofail,x-memprov.retired 0 0\$"
		memprov 3 audit --file $new --json
		same "$(kinds change)" retire
		holds '.warnings == []'
		memprov 0 apply --file $old
		is_only $old

		killed $last $n apply --file $new
		memprov 0 remove --file $new
		same "$(labelled)" ''
		same "$(</etc/fstab)" "$before"
		memprov 0 apply --file $old
	done
}

@test "a former swapfile that had no line gets one, by which a run after a kill finds it" {
	from_here_to ext4
	sed -i "\\,^$old ,d" /etc/fstab
	traced $work/trace apply --file $new
	in_order $work/trace ' swapon\(' ' renameat\(' ' renameat\(' ' swapoff\(' \
		' unlinkat\(.*"swapfile"' ' renameat\('
	is_only $new
	n=$(points $work/trace | awk '$1 == "unlinkat" { n = $2 } END { print n }')
	for next in apply remove; do
		memprov 0 apply --file $old
		sed -i "\\,^$old ,d" /etc/fstab
		killed unlinkat $n apply --file $new
		lines | grep -q "^$old none swap sw,nofail,x-memprov.retired 0 0\$"
		memprov 0 $next --file $new
		[[ ! -e $old ]]
		run ! grep "^$old " /etc/fstab
	done
}

@test "too little room for both: the new one is as large as may be, and grows when there is room" {
	memprov 0 apply
	fallocate --length $(($(stat --file-system --format '%a * %S' $disk) - (200 << 20))) \
		$disk/ballast
	memprov 3 audit --file $disk/other
	[[ $out == *'made as large as there is room for, and grown to 256 MiB'* ]]
	memprov 3 apply --file $disk/other --dry-run --json
	holds ".warnings == [] and (.steps[0] | .want == $((192 << 20)) and
		(.why | endswith(\"grown to 256 MiB when the former one is gone\")))"
	traced $work/trace apply --file $disk/other --json
	in_order $work/trace ' linkat\(.*"other"' ' swapon\(' ' renameat\(' ' swapoff\(' \
		' unlinkat\(.*"swapfile"' ' renameat\(' ' swapoff\(' ' fallocate\(' ' swapon\('
	holds '.exit == 0 and .conforms and .changed and .warnings == []'
	holds "[.steps[] | select(.state == \"done\") | \"\\(.kind) \\(.target) \\(.want)\"] == [
		\"swapfile $disk/other $((192 << 20))\", \"swapon $disk/other active\",
		\"fstab /etc/fstab $disk/other none swap sw,nofail 0 0\",
		\"retire $swapfile null\",
		\"swapfile $disk/other $((256 << 20))\", \"swapon $disk/other active\"]"
	holds ".target.file_bytes == $((256 << 20)) and (.target.reduced | not)"
	same "$(size_of $disk/other)" $((256 << 20))
	is_active $disk/other
	[[ ! -e $swapfile ]]
	memprov 0 apply --file $disk/other --json
	holds '.changed == false'
}

@test "no room for the new one's minimum beside the former one is refused, and that stays on" {
	memprov 0 apply
	fallocate --length $(($(stat --file-system --format '%a * %S' $disk) - (100 << 20))) \
		$disk/ballast
	refused apply --file $disk/other 'needs 128 MiB, but there is room for'
	refused apply --file $disk/other --size 256M 'needs 256 MiB, but there is room for'
	is_active $swapfile
}

@test "no minimum, and no room for any: the former one is not given for none" {
	profile 's/128M/0M/'
	memprov 0 apply
	fallocate --length $(($(stat --file-system --format '%a * %S' $disk) - (20 << 20))) \
		$disk/ballast
	refused apply --file $disk/other 'needs 64 MiB, but there is room for'
	is_active $swapfile
	same "$(labelled)" $swapfile
	same "$(lines)" "$swapfile none swap sw,nofail 0 0"
}

@test "a former one that somebody else made stays, in fstab, too" {
	file_swap 128M $disk/hers
	memprov 0 apply --file $disk/hers --size 128M
	line=$(grep "^$disk/hers " /etc/fstab)
	sum=$(sha256sum $disk/hers)
	memprov 0 apply --size 64M
	is_active $swapfile
	is_active $disk/hers
	same "$(lines)" "$line
$swapfile none swap sw,nofail 0 0"
	same "$(sha256sum $disk/hers)" "$sum"
	memprov 0 apply --size 64M --json
	holds '.changed == false'
}
