#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2086,SC2154 # helpers.bash sets and reads out, err, and paths without blanks
# Killed at any call, memprov leaves a machine that boots, and the next run finishes the work.

load helpers
bats_require_minimum_version 1.5.0

# The swapfile is complete or not there, and every text as it was or as it is to be.
is_whole() {
	if [[ -e $swapfile ]]; then
		same "$(stat --format '%a %u %g %h' $swapfile)" '600 0 0 1'
		same "$(blkid --probe --match-tag LABEL --output value $swapfile)" memprov
	fi
	cmp -s /etc/fstab $work/fstab.before || cmp /etc/fstab $work/fstab.after
	[[ ! -e $dropin ]] || cmp $dropin $work/dropin.after
}

converges() {
	local before after
	memprov 0 apply
	same "$(names)" "$(<$work/names.after)"
	before=$(all)
	memprov 0 apply --json
	holds '.changed == false'
	after=$(all)
	same "$before" "$after"
}

names() {
	find $etc $disk | sort
}

dropin=/etc/sysctl.d/99-zz-memprov.conf

# A first apply and remove, for the texts that there are to be.
rehearse() {
	cp /etc/fstab $work/fstab.before
	names >$work/names.before
	traced $work/fresh.trace apply
	cp /etc/fstab $work/fstab.after
	cp $dropin $work/dropin.after
	names >$work/names.after
	memprov 0 remove
	cmp /etc/fstab $work/fstab.before
}

@test "killed before linkat there is no swapfile, and the next run makes it" {
	rehearse
	killed linkat 1 apply
	[[ ! -e $swapfile ]]
	same "$(names)" "$(<$work/names.before)"
	converges
}

@test "killed after linkat the swapfile is complete, and the next run activates it" {
	rehearse
	killed fsync 2 apply
	[[ -e $swapfile ]]
	is_whole
	run ! is_active $swapfile
	inode=$(stat --format %i $swapfile)
	converges
	same "$(stat --format %i $swapfile)" "$inode"
}

@test "killed before swapon the next run activates what is there" {
	rehearse
	killed swapon 1 apply
	is_whole
	run ! is_active $swapfile
	converges
}

@test "killed at any call of apply, the next run finishes the work" {
	local point call n

	rehearse
	mapfile -t all_points < <(points $work/fresh.trace)
	((${#all_points[@]} >= 15))
	for point in "${all_points[@]}"; do
		read -r call n <<<"$point"
		echo "killed at $call, the $n."
		killed "$call" "$n" apply
		is_whole
		converges
		memprov 0 remove
		same "$(names)" "$(<$work/names.before)"
	done
}

@test "killed at any call of remove, the next remove finishes the work" {
	local point call n

	rehearse
	memprov 0 apply
	traced $work/remove.trace remove
	mapfile -t all_points < <(points $work/remove.trace)
	((${#all_points[@]} >= 8))
	for point in "${all_points[@]}"; do
		read -r call n <<<"$point"
		echo "killed at $call, the $n."
		memprov 0 apply
		killed "$call" "$n" remove
		is_whole
		memprov 0 remove
		same "$(names)" "$(<$work/names.before)"
		cmp /etc/fstab $work/fstab.before
		run ! is_active $swapfile
	done
}

# boot FILE: what fstab says of that swapfile is so afterwards
boot() {
	! is_active $1 || swapoff $1
	if [[ -e $1 ]]; then
		! grep -q "^$1 " /etc/fstab || swapon $1
	else
		! grep "^$1 " /etc/fstab | grep -v nofail
	fi
}

# found_again REMOVE...: killed at any call of it, a plain remove finds what is left
found_again() {
	local point call n boots other=$disk/other

	cp /etc/fstab $work/fstab.before
	names >$work/names.before
	memprov 0 apply --file $other
	traced $work/remove.trace "$@"
	same "$(names)" "$(<$work/names.before)"
	mapfile -t all_points < <(points $work/remove.trace)
	((${#all_points[@]} >= 8))
	for point in "${all_points[@]}"; do
		read -r call n <<<"$point"
		for boots in 0 1; do
			echo "killed at $call, the $n., boots: $boots"
			memprov 0 apply --file $other
			killed "$call" "$n" "$@"
			((boots == 0)) || boot $other
			memprov 0 remove
			same "$(names)" "$(<$work/names.before)"
			cmp /etc/fstab $work/fstab.before
			run ! is_active $other
		done
	done
}

# Only its line leads to it: not the profile's path, nor any other that is always looked at.
@test "killed at any call of remove, a swapfile at another path is found again" {
	found_again remove
}

@test "killed at any call of remove, one at a path that was named is found again without it" {
	found_again remove --file $disk/other
}

@test "killed at any call of remove, one at the path of a named profile is found again, too" {
	sed "s,file: .*,file: $disk/other," /etc/memprov/profile.yaml >$work/other.yaml
	found_again remove --profile $work/other.yaml
}

# A fallocate and an ftruncate that only say they did leave a file shorter than its header.
@test "what the kernel does not take is not left behind, and the kernel's reason is told" {
	rehearse
	status=0
	ASAN_OPTIONS=detect_leaks=0 strace --follow-forks --output $work/trace \
		--inject=fallocate,ftruncate:retval=0 $live/memprov apply >$work/out 2>$work/err ||
		status=$?
	err=$(<$work/err)
	same $status 1
	says "swapon $swapfile failed"
	says 'the kernel says: '
	# It is not the refusal that zeros would help against.
	same "$(grep -c ' swapon(' $work/trace)" 1
	same "$(grep -c ' linkat(' $work/trace)" 1
	[[ ! -e $swapfile ]]
	run ! is_active $swapfile
	same "$(names)" "$(<$work/names.before)"
	converges
}
