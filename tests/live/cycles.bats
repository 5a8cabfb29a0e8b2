#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2086,SC2154 # helpers.bash sets out, err, and paths without blanks
# A long life: applies and removes with whatever happens to a machine between them, against a small
# model of what must hold, and nothing is lost or left over. CYCLES says how long, SEED which.

load helpers
bats_require_minimum_version 1.5.0

cycles=${CYCLES:-60}
dropin=/etc/sysctl.d/99-zz-memprov.conf

# one_of WORD...
one_of() {
	local words=("$@")
	chosen=${words[RANDOM % $#]}
}

# What a machine's people do; each where it can be done.
happenings=(nothing nothing switched_off file_gone line_gone line_twice line_edited sysctl_set
	dropin_gone dropin_edited looser_mode torn other_swap rebooted disk_filled)

nothing() {
	:
}

switched_off() {
	! is_active $file || swapoff $file
}

file_gone() {
	switched_off
	rm --force $file
}

line_gone() {
	sed -i "\|^$file |d" /etc/fstab
	line=$usual
}

line_twice() {
	sed -i "\|^$file |{p}" /etc/fstab
}

# Only that the machine boots without the file is memprov's business.
line_edited() {
	! grep -q "^$file none " /etc/fstab || line='swap swap defaults,nofail 0 0'
	sed -i "s|^$file none swap sw,nofail|$file swap swap defaults|" /etc/fstab
}

sysctl_set() {
	echo $((RANDOM % 100)) >/proc/sys/vm/swappiness
}

dropin_gone() {
	rm --force $dropin
}

dropin_edited() {
	[[ ! -e $dropin ]] || echo 'vm.swappiness = 1' >>$dropin
}

looser_mode() {
	[[ ! -e $file ]] || chmod 0644 $file
}

torn() {
	[[ -e $file ]] || return 0
	switched_off
	truncate --size $((RANDOM * 1000)) $file
}

other_swap() {
	if is_active $disk/other; then
		swapoff $disk/other
		rm $disk/other
	elif [[ ! -e $disk/other && ! -e $disk/filler ]]; then
		file_swap 20M $disk/other
	fi
}

# What fstab and sysctl.d say is so.
rebooted() {
	switched_off
	[[ ! -e $file ]] || ! grep -q "^$file " /etc/fstab || swapon $file 2>/dev/null || true
	echo 60 >/proc/sys/vm/swappiness
	[[ ! -e $dropin ]] || sysctl --quiet --load $dropin
}

disk_filled() {
	if [[ -e $disk/filler ]]; then
		rm $disk/filler
	else
		fallocate --length $((RANDOM % 1400))M $disk/filler 2>/dev/null || rm --force $disk/filler
	fi
}

# provisioned MIB: the model's machine after an apply
provisioned() {
	same "$(stat --format '%a %u %g %h %s' $file)" "600 0 0 1 $(($1 << 20))"
	same "$(awk -v file="$file" '$1 == file { print $3 }' /proc/swaps)" $((($1 << 10) - 4))
	same "$(cat /etc/fstab)" "$base"$'\n'"$file $line"
	same "$(grep -c . $dropin)" 4
	same "$(</proc/sys/vm/swappiness) $(</proc/sys/vm/vfs_cache_pressure)" '33 77'
}

# bare: after a remove
bare() {
	[[ ! -e $file && ! -e $dropin ]]
	run ! is_active $file
	same "$(cat /etc/fstab)" "$base"
	same "$(find $etc $disk -name '.*memprov*' -o -name '.swapfile*')" ''
}

# left_over: bytes and inodes in use but for the others' files, names, loop devices of this machine
left_over() {
	! is_active $disk/other || swapoff $disk/other
	rm --force $disk/{other,filler}
	sync --file-system $disk
	df --output=used,iused $disk
	ls -A $etc $etc/sysctl.d /run
	losetup --list --noheadings --output BACK-FILE | grep "^$images/"
}

@test "cycles of apply and remove, whatever happens between them" {
	local n size base usual line file=$swapfile before done=0 refused=0

	RANDOM=${SEED:=$RANDOM}
	echo "SEED=$SEED CYCLES=$cycles"
	base=$(</etc/fstab) usual='none swap sw,nofail 0 0' line=$usual
	memprov 0 apply
	memprov 0 remove
	before=$(left_over)
	for ((n = 0; n < cycles; n++)); do
		one_of 64 100 128 200 256 300
		size=$chosen
		one_of "${happenings[@]}"
		echo "$n: $chosen, $size MiB"
		"$chosen"
		if $live/memprov apply --size ${size}M >$work/out 2>$work/err; then
			provisioned $size
			((++done))
		else
			# Only where the disk is full, and with a reason.
			[[ -e $disk/filler ]]
			grep -q '^memprov: .*' $work/err
			rm $disk/filler
			((++refused, ++done))
			memprov 0 apply --size ${size}M
			provisioned $size
		fi
		if ((n % 10 == 0)); then
			memprov 0 apply --size ${size}M --json
			holds '.changed == false'
			memprov 0 audit --size ${size}M
		fi
		one_of stays stays goes
		if [[ $chosen == goes ]]; then
			memprov 0 remove
			bare
			line=$usual
		fi
	done
	memprov 0 remove
	bare
	same "$(left_over)" "$before"
	echo "$done applied, $refused of them not before there was room"
	((cycles < 200 || refused > 0))
}
