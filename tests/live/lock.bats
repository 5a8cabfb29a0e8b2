#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2086,SC2154 # helpers.bash sets out, err, and paths without blanks
# One apply or remove at a time, and nobody turns the lock against its owner.

load helpers
bats_require_minimum_version 1.5.0

lock=/run/memprov.lock

@test "two at once: both succeed, one does the work" {
	$live/memprov apply --json >$work/one 2>$work/one.err &
	one=$!
	$live/memprov apply --json >$work/two 2>$work/two.err &
	two=$!
	wait $one
	wait $two
	same "$(jq --slurp --compact-output 'map(.changed) | sort' $work/one $work/two)" '[false,true]'
	same "$(grep -c "^$swapfile " /proc/swaps)" 1
	same "$(grep -c "^$swapfile " /etc/fstab)" 1
	memprov 0 audit
}

@test "apply and remove at once end in one of the two states" {
	$live/memprov apply >$work/one 2>&1 &
	one=$!
	$live/memprov remove >$work/two 2>&1 &
	two=$!
	wait $one
	wait $two
	if is_active $swapfile; then
		memprov 0 audit
	else
		[[ ! -e $swapfile ]]
		run ! grep -q "^$swapfile " /etc/fstab
	fi
}

@test "whoever has to wait says so; audit and dry-run do not wait" {
	install -m 0600 /dev/null $lock
	exec 9<>$lock
	flock 9
	memprov 3 audit
	memprov 3 apply --dry-run
	$live/memprov apply >$work/out 2>$work/err 9<&- &
	waiting=$!
	for ((n = 0; n < 100; n++)); do
		[[ ! -s $work/err ]] || break
		sleep 0.05
	done
	grep -q 'waiting for another memprov to finish' $work/err
	run ! is_active $swapfile
	exec 9<&-
	wait $waiting
	is_active $swapfile
}

@test "the lock is made for root alone, and stays" {
	(umask 0 && $live/memprov apply >$work/out)
	same "$(stat --format '%a %u %g %s %F' $lock)" '600 0 0 0 regular empty file'
	memprov 0 remove
	[[ -e $lock ]]
}

@test "a symlink in the lock's place is not followed" {
	echo victim >$work/victim
	ln -s $work/victim $lock
	refused_lock
	same "$(<$work/victim)" victim
	ln -sf $work/nobody $lock
	refused_lock
	[[ ! -e $work/nobody ]]
}

@test "a lock that is not a file of root's alone is refused" {
	install -m 0644 /dev/null $lock
	refused_lock 'is not a file of root'
	install -m 0600 -o 65534 /dev/null $lock
	refused_lock 'is not a file of root'
	rm $lock
	mkfifo -m 0600 $lock
	refused_lock 'is not a file of root'
	rm $lock
	mkdir -m 0700 $lock
	refused_lock
}

refused_lock() {
	before=$(all)
	memprov 1 apply
	says "the lock $lock"
	says "${1-}"
	memprov 1 remove --json
	says "the lock $lock"
	holds '.failed and .exit == 1 and (.msg | contains("lock"))'
	after=$(all)
	same "$before" "$after"
}
