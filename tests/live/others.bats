#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2086,SC2154 # helpers.bash sets and reads out, err, and paths without blanks
# Swap that is not ours, beside ours: what counts, which is used first, and what is none for long.

load helpers
bats_require_minimum_version 1.5.0

priority_of() {
	awk -v path="$1" '$1 == path { print $5 }' /proc/swaps
}

# warns WORDS: among the warnings of the last memprov's JSON
warns() {
	jq --exit-status --arg words "$1" '.warnings | any(contains($words))' <<<"$out" >/dev/null &&
		return
	printf 'no warning: %s\n%s\n' "$1" "$out"
	return 1
}

# Path, type and whether it is ours, of each active area, as the last memprov's JSON has them.
areas() {
	jq --raw-output --arg live $live --arg partition "$partition" --arg zram "$zram" '
		.facts.swap[] | select(.path | startswith($live) or . == $partition or . == $zram) |
		"\(.path) \(.type) \(if .ours then "ours" else "other" end)"' <<<"$out"
}

# All of other swap that does not change by being used.
still() {
	awk '{ print $1, $2, $3, $5 }' /proc/swaps
	stat --format '%n %i %a %U %s' $disk/hers $live/second/hers
	head --bytes 4096 $disk/hers | sha256sum
	head --bytes 4096 $live/second/hers | sha256sum
}

@test "partition, files on two disks and zram side by side" {
	[[ -e /sys/class/zram-control ]] || skip "this kernel has no zram"
	profile 's/256M/512M/; s/128M/256M/'
	make_disk second 256M ext4 -b 4096
	loop_swap 64M
	file_swap 96M $disk/hers
	file_swap 32M $live/second/hers
	make_zram 256M
	swapon --priority 100 "$zram"
	others=$(still)

	memprov 0 apply --json
	holds '.steps | any(.kind == "swapfile" and .state == "done")'
	same "$(size_of $swapfile)" $((320 << 20))
	memprov 0 apply --json
	holds '.changed == false and .warnings == []'
	same "$(areas)" "$partition partition other
$disk/hers file other
$live/second/hers file other
$zram zram other
$swapfile file ours"
	same "$(jq --raw-output '.facts.swap[] | "\(.path) \(.size_bytes / 1024) \(.priority)"' <<<"$out")" \
		"$(awk 'NR > 1 { print $1, $3, $5 }' /proc/swaps)"

	memprov 0 remove
	same "$(still)" "$others"
}

@test "when a partition goes away ours grows, and is kept when it comes back" {
	loop_swap 96M
	file_swap 32M $disk/hers
	memprov 0 apply
	same "$(size_of $swapfile)" $((128 << 20))

	swapoff "$partition"
	memprov 3 audit --json
	same "$(kinds change)" 'swapfile swapon'
	holds ".steps[0] | .have == $((128 << 20)) and .want == $((224 << 20))"
	memprov 0 apply
	same "$(size_of $swapfile)" $((224 << 20))
	is_active $swapfile
	is_active $disk/hers
	memprov 0 apply --json
	holds '.changed == false'

	swapon "$partition"
	memprov 0 apply --json
	holds '.changed == false'
	profile 's/^  keep-free.*/&\n  larger: shrink/'
	memprov 0 apply
	same "$(size_of $swapfile)" $((128 << 20))
	is_active $swapfile
}

@test "a partition that becomes enough leaves ours alone, or takes its place" {
	memprov 0 apply
	loop_swap 256M
	memprov 0 apply --json
	holds '.changed == false'
	profile 's/^  keep-free.*/&\n  larger: shrink/'
	memprov 0 apply
	[[ ! -e $swapfile ]]
	run ! grep -q "^$swapfile " /etc/fstab
	is_active "$partition"
	memprov 0 apply --json
	holds '.changed == false'
}

@test "swap of fstab that is not active is a warning, by whatever name" {
	loop_swap 64M
	ln -s "$partition" $work/link
	for name in "$partition" $work/link; do
		cp /etc/fstab $work/fstab
		echo "$name none swap sw 0 0" >>/etc/fstab
		memprov 3 audit --json
		holds '.warnings == []'
		swapoff "$partition"
		memprov 3 audit --json
		warns "$name is configured in fstab as swap, but not active"
		swapon "$partition"
		cp $work/fstab /etc/fstab
	done
}

# --- priority ---

@test "the profile's priority is that of the active swapfile, and in fstab" {
	profile 's/^  keep-free.*/&\n  priority: 10/'
	memprov 0 apply
	same "$(priority_of $swapfile)" 10
	grep -qE "^$swapfile none swap sw,nofail,pri=10 0 0\$" /etc/fstab
	memprov 0 audit --json
	holds '.steps | all(.state == "ok")'
}

# later WORDS: the step of swapon waits for the next swapoff, and says so; the rest is right
later() {
	memprov 0 audit --json
	holds '.conforms and .changed == false'
	same "$(kinds deferred)" swapon
	same "$(jq --raw-output '.steps[] | select(.kind == "swapon").why' <<<"$out")" "$1"
	memprov 0 apply --json
	holds '.changed == false'
}

@test "a priority that changes while the swapfile is active comes with the next swapoff" {
	profile 's/^  keep-free.*/&\n  priority: 10/'
	memprov 0 apply
	profile 's/^  keep-free.*/&\n  priority: 20/'
	memprov 3 audit --json
	same "$(kinds change)" fstab
	memprov 0 apply --json
	holds '.conforms'
	same "$(kinds 'done')" fstab
	grep -qE "^$swapfile none swap sw,nofail,pri=20 0 0\$" /etc/fstab
	same "$(priority_of $swapfile)" 10
	later 'its priority is 10, not 20; it changes with the next swapoff'

	swapoff $swapfile
	memprov 0 apply
	same "$(priority_of $swapfile)" 20
	memprov 0 audit --json
	same "$(kinds deferred)" ''

	# A resize is a swapoff, too.
	profile 's/^  keep-free.*/&\n  priority: 30/'
	memprov 0 apply --size 300M
	same "$(priority_of $swapfile)" 30
}

@test "a priority given by hand is seen" {
	memprov 0 apply
	swapoff $swapfile
	swapon --priority 5 $swapfile
	later "its priority is 5, not the kernel's own; it changes with the next swapoff"
	profile 's/^  keep-free.*/&\n  priority: 10/'
	memprov 0 apply
	later 'its priority is 5, not 10; it changes with the next swapoff'
	swapoff $swapfile
	swapon $swapfile
	memprov 0 audit --json
	same "$(kinds deferred)" swapon
}

# zram_at PRIORITY|-: zram becomes active anew
zram_at() {
	swapoff "$zram" 2>/dev/null || true
	if [[ $1 == - ]]; then
		swapon "$zram"
	else
		swapon --priority "$1" "$zram"
	fi
}

@test "zram that the swapfile would outrank is a warning" {
	[[ -e /sys/class/zram-control ]] || skip "this kernel has no zram"
	make_zram 64M
	profile 's/^  keep-free.*/&\n  priority: 50/'
	remedy="give $zram a higher priority, or the profile a lower one"
	# Before the swapfile is made, and afterwards.
	for round in 1 2; do
		zram_at 10
		memprov $((round == 1 ? 3 : 0)) apply --dry-run --json
		warns "the swapfile would be used before zram (priority 10); $remedy"
		zram_at 50
		memprov $((round == 1 ? 3 : 0)) audit --json
		warns "the swapfile would be used in turns with zram (priority 50); $remedy"
		zram_at 51
		memprov 0 apply --json
		holds '.warnings == []'
	done

	# Without priorities of their own the one that is activated first is used first.
	memprov 0 remove
	profile ''
	zram_at -
	memprov 0 apply --json
	holds '.warnings == []'
	(($(priority_of "$zram") > $(priority_of $swapfile)))
	zram_at -
	memprov 0 audit --json
	warns "the swapfile would be used before zram (priority $(priority_of "$zram")); $remedy"
}

# --- a full table ---

@test "a table of swap areas that fills up before swapon is named, and the swapfile taken back" {
	local n free status=0
	before=$(</etc/fstab)
	for ((n = 0; n < 40; n++)); do
		fallocate --length 64K $disk/area$n
		chmod 0600 $disk/area$n
		mkswap --quiet $disk/area$n
	done
	# As many as do not keep memprov from trying.
	free=$((22 - ($(wc --lines </proc/swaps) - 1)))
	for ((n = 0; n < free; n++)); do
		swapon $disk/area$n
	done
	ASAN_OPTIONS=detect_leaks=0 strace --follow-forks --output $work/trace \
		--inject swapon:delay_enter=5s:when=1 $live/memprov apply >$work/out 2>$work/err &
	for ((i = 0; i < 100; i++)); do
		[[ ! -e $swapfile ]] || break
		sleep 0.1
	done
	for (( ; n < 40; n++)); do
		swapon $disk/area$n 2>/dev/null || break
	done
	((n < 40))
	run ! is_active $swapfile
	wait $! || status=$?
	err=$(<$work/err)
	((status == 1))
	says "swapon $swapfile failed: the kernel's table of swap areas is full; swapoff one first"
	grep -q '^[0-9]* *swapon(.* = -1 EPERM' $work/trace
	[[ ! -e $swapfile ]]
	same "$(</etc/fstab)" "$before"
	[[ ! -e /etc/sysctl.d/99-zz-memprov.conf ]]

	# There is room for ours when all of them but a few are gone.
	while ((n-- > 10)); do
		swapoff $disk/area$n
	done
	memprov 0 apply
	is_active $swapfile
}

# --- names that are gone ---

@test "a swapfile whose name only ends like that of a deleted one counts, and is left alone" {
	file_swap 128M "$disk/x (deleted)"
	fallocate --length 128M $disk/x
	memprov 0 apply --json
	same "$(size_of $swapfile)" $((128 << 20))
	holds '.warnings == []'
	memprov 0 apply --json
	holds '.changed == false and .warnings == []'
	same "$(areas)" "$disk/x (deleted) file other
$swapfile file ours"
	memprov 0 remove
	is_active "$disk/x\\\\040(deleted)"
}

@test "a partition whose device node was deleted counts" {
	loop_swap 128M
	swapoff "$partition"
	IFS=: read -r major minor <"/sys/class/block/${partition##*/}/dev"
	mknod $live/node b "$major" "$minor"
	swapon $live/node
	rm $live/node
	is_active "$live/node\\\\040(deleted)"
	memprov 0 apply --json
	same "$(size_of $swapfile)" $((128 << 20))
	holds '.warnings == []'
	memprov 0 apply --json
	holds '.changed == false and .warnings == []'
	same "$(areas)" "$live/node partition other
$swapfile file ours"
	# A new node tells which device it is, whatever its name in fstab.
	mknod $live/node b "$major" "$minor"
	echo "$partition none swap sw 0 0" >>/etc/fstab
	memprov 0 audit --json
	holds '.warnings == []'
	swapoff "$partition"
}

# shown STATUS ARGUMENT...: memprov that reads $work/swaps for what is active. Today's kernels keep
# an active swapfile from being deleted, so that of a deleted one only the text can be had.
shown() {
	local want=$1 status=0
	shift
	# No longer than that: what ends a test goes by the real text.
	mount --bind $work/swaps /proc/swaps
	$live/memprov "$@" >$work/out || status=$?
	umount /proc/swaps
	out=$(<$work/out)
	((status == want))
}

@test "swap whose file was deleted does not count, and does not hide the new one at its path" {
	gone="$swapfile is active, but its file was deleted: it is gone at the next boot"
	cp /proc/swaps $work/swaps
	printf '%s\\040(deleted) file 131068 0 -9\n' $swapfile >>$work/swaps
	shown 3 apply --dry-run --json
	warns "$gone"
	same "$(kinds change)" 'fstab swapfile swapon sysctl sysctl-file'
	holds ".target.file_bytes == $(((256 << 20) + LIVE_OTHER_KIB * 1024))"

	# As /proc/swaps will be.
	echo "$swapfile file 262140 0 -10" >>$work/swaps
	shown 0 apply --size 256M --json
	warns "$gone"
	is_active $swapfile
	same "$(size_of $swapfile)" $((256 << 20))
	shown 0 apply --size 256M --json
	holds '.changed == false'
	warns "$gone"
	memprov 0 audit --size 256M --json
	holds '.warnings == []'
}

# It goes on being used, under the name it has on its own filesystem.
@test "a swapfile whose filesystem was unmounted lazily counts, and is warned of" {
	local loop swaps

	make_disk gone 128M ext4 -b 4096
	loop=$(findmnt --noheadings --output SOURCE $live/gone)
	file_swap 64M $live/gone/hers
	umount --lazy $live/gone
	swaps=$(</proc/swaps)
	$live/memprov audit --json >$work/audit.json || true
	$live/memprov apply >$work/out 2>&1 || true
	# As the warning says, and before anything can fail: nobody else could put it back.
	mount "$loop" $live/gone
	swapoff $live/gone/hers
	grep '^/hers ' <<<"$swaps"
	out=$(<$work/audit.json)
	warns '/hers is active, and counts as other swap, but is not to be found by that path'
	same "$(size_of $swapfile)" $((192 << 20))
	memprov 3 audit --json
	holds '.warnings == []'
}
