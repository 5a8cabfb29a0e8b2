#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2086,SC2154 # helpers.bash sets out, err, and paths without blanks
# Where fallocate does not do, zeros are written: all of the file, or nothing of it.

load helpers
bats_require_minimum_version 1.5.0

# on TYPE [MKFS OPTION]...: a disk of that type, and the profile's swapfile on it
on() {
	make_disk "$1" 512M "$@"
	disk=$live/$1
	swapfile=$disk/swapfile
	profile ''
}

free_blocks() {
	sync --file-system $disk
	stat --file-system --format %f $disk
}

# injected STATUS FAULT ARGUMENT...: memprov with that fault; sets err and $work/trace
injected() {
	local want=$1 fault=$2 status=0
	shift 2
	ASAN_OPTIONS=detect_leaks=0 strace --follow-forks --output $work/trace --inject "$fault" \
		$live/memprov "$@" >$work/out 2>$work/err || status=$?
	err=$(<$work/err)
	((status == want)) && return
	echo "memprov $* with $fault: exit status $status, not $want"
	cat $work/out $work/err
	return 1
}

calls() {
	grep -cE " $1\\(.*$2" $work/trace || true
}

# The kernel uses the whole of it, and the next run finds nothing to do. Of small blocks it leaves
# out the pages that are not in one piece, as the blocks of pointers are in between.
is_right() {
	local bytes=$1 least=$(($1 / 1024 - 4))

	(($(stat --file-system --format %s $disk) >= 4096)) || least=$((least - least / 1000))
	same "$(stat --format '%a %u %g %h %s' $swapfile)" "600 0 0 1 $bytes"
	(($(awk -v file=$swapfile '$1 == file { print $3 }' /proc/swaps) >= least))
	(($(stat --format '%b * 512' $swapfile) >= bytes))
	memprov 0 apply "${@:2}" --json
	holds '.changed == false'
}

# --- made ---

@test "ext2 and ext3, with 1 and 4 KiB blocks, get a swapfile of zeros" {
	local type block

	for type in ext2 ext3; do
		for block in 1024 4096; do
			on $type -b $block
			traced $work/trace apply
			same "$(calls fallocate EOPNOTSUPP)" 1
			# All but what is in front of the last 4 MiB at once, and past the page cache.
			same "$(calls pwrite64 ', 4194304, [0-9]+\) = 4194304')" 64
			same "$(calls fcntl 'F_SETFL, .*O_DIRECT.* = 0')" 1
			is_right $((256 << 20))
			memprov 0 apply --size 320M
			is_right $((320 << 20)) --size 320M
			memprov 0 apply --size 128M
			is_right $((128 << 20)) --size 128M
			memprov 0 remove
			[[ ! -e $swapfile ]]
			umount $disk
			rmdir $disk
		done
	done
}

@test "where direct writes are refused they go through the page cache" {
	on ext3
	injected 0 pwrite64:error=EINVAL:when=1 apply
	same "$(calls sync_file_range)" 124
	is_right $((256 << 20))
	memprov 0 remove
	n=$(grep ' fcntl(' $work/trace | grep --line-number --max-count 1 'F_SETFL.*O_DIRECT')
	injected 0 "fcntl:error=EINVAL:when=${n%%:*}" apply
	same "$(calls fcntl 'F_SETFL.*O_DIRECT.* EINVAL')" 1
	same "$(calls sync_file_range)" 124
	is_right $((256 << 20))
}

@test "an interrupted write is made again" {
	on ext3
	injected 0 pwrite64:error=EINTR:when=3+5 apply
	is_right $((256 << 20))
}

# --- a fallocate that leaves holes ---

@test "zeros follow where swapon reports holes in what fallocate gave" {
	local type

	for type in ext4 xfs; do
		[[ $type == ext4 ]] || on $type
		injected 0 fallocate:retval=0:when=1 apply
		same "$(calls swapon 'EINVAL')" 1
		same "$(calls swapon '= 0')" 1
		same "$(calls linkat '"swapfile".* = 0')" 2
		same "$(calls fallocate)" 1
		same "$(calls pwrite64 ', 4194304, [0-9]+\) = 4194304')" 64
		is_right $((256 << 20))
		memprov 0 remove
	done
}

@test "likewise where it gave them to a swapfile that grows" {
	memprov 0 apply --size 128M
	uuid=$(blkid --probe --match-tag UUID --output value $swapfile)
	injected 0 fallocate:retval=0:when=1 apply --size 256M
	same "$(calls swapon 'EINVAL')" 1
	is_right $((256 << 20))
	same "$(blkid --probe --match-tag UUID --output value $swapfile)" "$uuid"
}

@test "a grown one for which there are no zeros is as it was, and active" {
	memprov 0 apply --size 128M
	inode=$(stat --format %i $swapfile)
	for fault in pwrite64:error=ENOSPC:when=4 swapon:error=EINVAL:when=2; do
		ASAN_OPTIONS=detect_leaks=0 run strace --follow-forks --output $work/trace \
			--inject fallocate:retval=0 --inject $fault $live/memprov apply --size 256M
		((status == 1))
		[[ $output == *'cut to its former size again'* ]]
		[[ $output != *'it is off now'* ]]
		is_active $swapfile
		same "$(stat --format '%i %s' $swapfile)" "$inode $((128 << 20))"
	done
	memprov 0 audit --size 128M
}

@test "once: zeros that are refused as well are not left behind" {
	names=$(find $disk)
	status=0
	ASAN_OPTIONS=detect_leaks=0 strace --follow-forks --output $work/trace \
		--inject=fallocate:retval=0 --inject=swapon:error=EINVAL:when=2 \
		$live/memprov apply >$work/out 2>$work/err || status=$?
	same $status 1
	same "$(calls swapon)" 2
	same "$(calls linkat '"swapfile"')" 2
	same "$(find $disk)" "$names"
	run ! is_active $swapfile
	memprov 0 apply
}

@test "no other refusal of swapon leads to zeros" {
	local error

	for error in EINVAL EPERM EBUSY ENOMEM; do
		injected 1 swapon:error=$error apply
		says "swapon $swapfile failed"
		same "$(calls swapon)" 1
		same "$(calls pwrite64 4194304)" 0
		[[ ! -e $swapfile ]]
	done
}

# --- nothing is left ---

@test "Ctrl-C, or any other end, in the middle of the zeros leaves nothing behind" {
	local signal before status

	on ext3
	before=$(free_blocks)
	for signal in INT TERM KILL; do
		status=0
		ASAN_OPTIONS=detect_leaks=0 strace --follow-forks --output $work/trace \
			--inject pwrite64:signal=SIG$signal:when=30 \
			$live/memprov apply >$work/out 2>&1 || status=$?
		same $status $((128 + $(kill -l $signal)))
		(($(calls pwrite64 '= 4194304') >= 29))
		same "$(ls $disk)" lost+found
		same "$(free_blocks)" "$before"
		run ! grep -q "^$swapfile " /etc/fstab
	done
	memprov 0 apply
	is_right $((256 << 20))
}

@test "a Ctrl-C that comes from a terminal, too" {
	local before

	on ext3
	before=$(free_blocks)
	# Slow enough to be found at it.
	ASAN_OPTIONS=detect_leaks=0 script --quiet --command "exec env --default-signal=INT strace \
		--output $work/trace --inject pwrite64:delay_enter=50000 $live/memprov apply" \
		$work/typescript < <(sleep 1.5 && printf '\003' && sleep 1) >/dev/null
	grep -q 'MiB/s' $work/typescript
	grep -q 'SIGINT' $work/trace
	same "$(ls $disk)" lost+found
	same "$(free_blocks)" "$before"
}

@test "zeros that end a growing swapfile's growth leave one that swaps on" {
	on ext3
	memprov 0 apply --size 64M
	injected $((128 + 9)) pwrite64:signal=SIGKILL:when=5 apply --size 256M
	run ! is_active $swapfile
	swapon $swapfile
	memprov 0 apply --size 256M
	is_right $((256 << 20)) --size 256M
}

# ballast NAME MIB: fills the disk until that much room is left
ballast() {
	local mib=$(($(stat --file-system --format '%a * %S' $disk) / 1048576 - $2))

	fallocate --length ${mib}M $disk/$1 2>/dev/null ||
		dd if=/dev/zero of=$disk/$1 bs=1M conv=fsync count=$mib 2>/dev/null
}

# full TYPE CALL: the disk becomes full after the plan was made
full() {
	local before status=0 child

	[[ $1 == ext4 ]] || on "$1"
	ballast more 400
	ASAN_OPTIONS=detect_leaks=0 strace --follow-forks --output $work/trace \
		--inject fallocate:delay_enter=4000000 $live/memprov apply \
		>$work/out 2>$work/err 3>&- &
	child=$!
	sleep 1
	ballast less 100
	before=$(free_blocks)
	wait $child || status=$?
	same $status 1
	err=$(<$work/err)
	says "cannot allocate 268435456 bytes for $swapfile: No space left on device"
	same "$(calls "$2" ENOSPC)" 1
	same "$(calls ftruncate ', 0\) += 0')" 1
	[[ ! -e $swapfile ]]
	same "$(free_blocks)" "$before"
	rm $disk/{more,less}
	free_blocks
	memprov 0 apply
	is_right $((256 << 20))
}

@test "no space in the middle of fallocate leaves no blocks allocated on ext4" {
	full ext4 fallocate
}

@test "no space in the middle of fallocate leaves no blocks allocated on xfs" {
	full xfs fallocate
}

@test "no space in the middle of fallocate leaves no blocks allocated on btrfs" {
	full btrfs fallocate
}

@test "no space in the middle of the zeros leaves no blocks allocated" {
	full ext3 pwrite64
}

@test "no space for a growing swapfile leaves it as it was, and active" {
	local type before

	for type in ext4 ext3 btrfs; do
		[[ $type == ext4 ]] || on $type
		memprov 0 apply --size 64M
		before=$(free_blocks)
		injected 1 pwrite64:error=ENOSPC:when=1 apply --size 256M
		says 'No space left on device'
		is_active $swapfile
		# ext4 keeps what a tree of extents took; btrfs gives back more than it had.
		[[ $type != ext3 ]] || same "$(free_blocks)" "$before"
		memprov 0 apply --size 256M
		is_right $((256 << 20)) --size 256M
	done
}

# limited MIB ARGUMENT...: memprov with that file size limit, which it has to fail of
limited() {
	local limit=$(($1 << 10)) status=0

	(ulimit -f $limit && exec $live/memprov "${@:2}") >$work/out 2>$work/err || status=$?
	err=$(<$work/err)
	same $status 1
}

@test "a file size limit is an error, not a signal" {
	local type before

	for type in ext4 ext3 btrfs; do
		[[ $type == ext4 ]] || on $type
		before=$(free_blocks)
		limited 96 apply
		says "cannot allocate 268435456 bytes for $swapfile: File too large"
		[[ ! -e $swapfile ]]
		same "$(free_blocks)" "$before"
	done
}

# --- progress ---

@test "a bar is shown on a terminal, and taken away" {
	on ext3
	script --quiet --return --command "stty cols 80; $live/memprov apply" $work/typescript \
		</dev/null >/dev/null
	# Each in the place of the one before, and none wider than the terminal.
	tr '\r' '\n' <$work/typescript | grep -E '^\[[#.]{30}\] +[0-9]+ % of 256 MiB' >$work/bars
	(($(wc -l <$work/bars) >= 2))
	grep -qE '^\[#{30}\] 100 % of 256 MiB, [0-9.]+ MiB/s, 0:00 left *$' $work/bars
	(($(wc -L <$work/bars) < 80))
	grep -qE $'\r {79}\r' $work/typescript
	run ! grep -E '%.*[^[:blank:]]'$'\r''*$' <(tail --lines 1 $work/typescript)
	is_right $((256 << 20))
}

@test "no bar without a terminal, with --quiet, with --json, or where there is nothing to write" {
	local options

	on ext3
	memprov 0 apply
	same "$err" ''
	for options in --quiet --json; do
		memprov 0 remove
		script --quiet --return --command "$live/memprov apply $options" $work/typescript \
			</dev/null >/dev/null
		run ! grep -q 'MiB/s\|%' $work/typescript
	done
	disk=$live/disk swapfile=$live/disk/swapfile
	profile ''
	script --quiet --return --command "$live/memprov apply" $work/typescript </dev/null >/dev/null
	run ! grep -q 'MiB/s\|%' $work/typescript
}
