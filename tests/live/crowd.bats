#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2086,SC2154 # helpers.bash sets out, err, and paths without blanks
# Many at once: memprov beside memprov, and beside others that edit what it edits.

load helpers
bats_require_minimum_version 1.5.0

lock=/run/memprov.lock

# crowd N COMMAND...: N of each at once; none fails, and their documents are in $work/crowd
crowd() {
	local n=$1 i command pid pids=()
	shift
	mkdir $work/crowd
	for ((i = 0; i < n; i++)); do
		for command; do
			$live/memprov $command --json >$work/crowd/$i-$command 2>&1 &
			pids+=($!)
		done
	done
	for pid in "${pids[@]}"; do
		wait $pid
	done
}

@test "of 100 applies at once one does the work, and the others find nothing to do" {
	crowd 100 apply
	same "$(cat $work/crowd/* | grep -v waiting |
		jq --slurp --compact-output 'group_by(.changed) | map([.[0].changed, length])')" \
		'[[false,99],[true,1]]'
	same "$(grep -c "^$swapfile " /proc/swaps)" 1
	same "$(grep -c "^$swapfile " /etc/fstab)" 1
	same "$(find $disk $etc -name '.*memprov*')" ''
	memprov 0 audit
}

@test "applies and removes at once: none fails, and the last one decides" {
	cp /etc/fstab $work/fstab.before
	crowd 50 apply remove
	if is_active $swapfile; then
		memprov 0 audit
		memprov 0 remove
	fi
	[[ ! -e $swapfile ]]
	cmp /etc/fstab $work/fstab.before
}

# edited CALL EDIT...: while memprov lingers before that call of its work on fstab, somebody edits
# fstab; that edit is there afterwards, and so is memprov's after another run
edited() {
	local call=$1 waiting n
	shift
	printf '# the disk\nUUID=1-2 / ext4 defaults 0 1\n' >/etc/fstab
	ASAN_OPTIONS=detect_leaks=0 strace --follow-forks --output $work/trace \
		--inject "$call:delay_enter=2000000" $live/memprov apply >$work/out 2>$work/err &
	waiting=$!
	# The swapfile is switched on before fstab is written.
	for ((n = 0; n < 400; n++)); do
		! is_active $swapfile || break
		sleep 0.01
	done
	is_active $swapfile
	sleep 0.2
	"$@"
	wait $waiting && status=0 || status=$?
	grep -qx '# an edit' /etc/fstab
	same $status 1
	grep -q 'somebody else changed it meanwhile; run memprov again' $work/err
	memprov 0 apply
	grep -qx '# an edit' /etc/fstab
	same "$(grep -c "^$swapfile " /etc/fstab)" 1
	memprov 0 remove
}

append() {
	echo '# an edit' >>/etc/fstab
}

replace() {
	{ cat /etc/fstab && echo '# an edit'; } >/etc/fstab.new
	mv /etc/fstab.new /etc/fstab
}

@test "an edit of fstab between its reading and its writing survives" {
	for call in fsync linkat; do
		for edit in append replace; do
			echo "$edit before $call"
			edited $call $edit
		done
	done
}

@test "a lock whose holder died is free" {
	install -m 0600 /dev/null $lock
	flock $lock sleep 100 &
	holder=$!
	for ((n = 0; n < 100; n++)); do
		flock --nonblock $lock true || break
		sleep 0.05
	done
	run ! flock --nonblock $lock true
	kill -KILL $(pgrep --parent $holder) $holder
	wait $holder || true
	memprov 0 apply
	is_active $swapfile
}

@test "who cannot open the lock cannot hold it" {
	memprov 0 apply
	for how in --shared --exclusive; do
		run -66 setpriv --reuid 65534 --regid 65534 --clear-groups flock $how --nonblock $lock true
	done
	# The directory that it is in, anybody may lock; nobody waits for that.
	exec 8</run
	flock 8
	memprov 0 remove
	exec 8<&-
}
