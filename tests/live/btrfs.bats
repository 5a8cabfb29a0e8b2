#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2086,SC2154 # helpers.bash sets out, err, and paths without blanks
# What only btrfs has: copy-on-write, data in several copies or on several devices, snapshots, and
# balances that keep swapon out.

load helpers
bats_require_minimum_version 1.5.0

btrfs=$live/fs
file=$btrfs/swapfile

# make_btrfs [MKFS OPTION]...
make_btrfs() {
	make_disk fs 1G btrfs "$@"
}

# snapshot SOURCE NAME
snapshot() {
	btrfs --quiet subvolume snapshot "$1" "$btrfs/$2"
}

# The kernel's file that tells what the filesystem is at.
operation() {
	echo "/sys/fs/btrfs/$(findmnt --noheadings --output UUID $btrfs)/exclusive_operation"
}

# A balance that is there for as long as the test wants it.
pause_balance() {
	local balance n file

	file=$(operation)
	dd if=/dev/urandom of=$btrfs/data bs=1M count=64 status=none
	# It may have ended before it is paused; then there is another.
	for ((n = 0; n < 20; n++)); do
		btrfs balance start --full-balance $btrfs >/dev/null &
		balance=$!
		while [[ $(<"$file") == none ]] && kill -0 $balance 2>/dev/null; do
			:
		done
		btrfs balance pause $btrfs || true
		wait $balance || true
		[[ $(<"$file") != 'balance paused' ]] || return 0
	done
	return 1
}

@test "the swapfile is not copied on write, whatever made the directory compress" {
	make_btrfs
	chattr +c $btrfs
	memprov 0 apply --file $file
	[[ $(lsattr $file) == *C* ]]
	[[ $(lsattr $file) != *c* ]]
}

@test "a missing directory becomes a subvolume, and those above it can still be snapshotted" {
	make_btrfs
	echo data >$btrfs/data
	memprov 3 apply --dry-run --file $btrfs/swap/swapfile
	[[ $out == *'there is none yet, nor its directory, which is made, too'* ]]
	[[ ! -e $btrfs/swap ]]
	memprov 0 apply --file $btrfs/swap/swapfile
	[[ $out != *snapshot* ]]
	same "$(stat --format '%a %u %g %i' $btrfs/swap)" '700 0 0 256'
	snapshot $btrfs before
	[[ -e $btrfs/before/data && ! -e $btrfs/before/swap/swapfile ]]
	memprov 0 apply --file $btrfs/swap/swapfile --json
	holds '.changed == false'
	# It stays, for whatever else is in it; and it is used again.
	memprov 0 remove --file $btrfs/swap/swapfile
	same "$(ls -A $btrfs/swap)" ''
	memprov 0 apply --file $btrfs/swap/swapfile
	same "$(stat --format '%a %i' $btrfs/swap)" '700 256'
}

@test "a swapfile that keeps its subvolume from being snapshotted comes with a warning" {
	make_btrfs
	echo data >$btrfs/data
	memprov 0 apply --file $file --json
	holds '.warnings | any(contains("no snapshot can be made of the btrfs subvolume it is in"))'
	run ! snapshot $btrfs before
	[[ $output == *'Text file busy'* ]]
	memprov 0 audit --file $file
	[[ $out == *'no snapshot can be made'* ]]
}

@test "a snapshot of the swapfile is in the way: it is made anew" {
	make_btrfs
	memprov 0 apply --file $file
	swapoff $file
	snapshot $btrfs before
	run ! swapon $file
	sum=$(sha256sum <$btrfs/before/swapfile)
	memprov 3 audit --file $file
	[[ $out == *'belong to a snapshot or reflink copy, too; made anew'* ]]
	memprov 0 apply --file $file --json
	same "$(kinds 'done')" 'swapfile swapon'
	is_active $file
	same "$(sha256sum <$btrfs/before/swapfile)" "$sum"
	memprov 0 apply --file $file --json
	holds '.changed == false'
}

@test "a snapshot of the swapfile is in the way, and there is no room for another" {
	make_btrfs
	profile 's/256M/512M/; s/128M/512M/'
	memprov 0 apply --file $file
	swapoff $file
	snapshot $btrfs before
	refused apply --file $file 'belong to a snapshot or reflink copy, too, so it has to be made anew, but there is room for'
	btrfs --quiet subvolume delete --commit-after $btrfs/before
	btrfs subvolume sync $btrfs >/dev/null
	memprov 0 apply --file $file --json
	same "$(kinds 'done')" swapon
}

@test "a file that is copied on write is made anew" {
	make_btrfs
	dd if=/dev/zero of=$file bs=1M count=256 status=none
	chmod 0600 $file
	mkswap --quiet --label hers --uuid 11111111-2222-4333-8444-555555555555 $file
	run ! swapon $file
	memprov 0 apply --file $file --json
	holds '.steps[0].kind == "swapfile" and .steps[0].state == "done"'
	is_active $file
	same "$(blkid --probe --match-tag UUID --match-tag LABEL --output value $file)" \
		$'hers\n11111111-2222-4333-8444-555555555555'
}

@test "on a full filesystem it is made anew of its own blocks" {
	make_btrfs
	profile 's/256M/600M/; s/128M/600M/'
	dd if=/dev/zero of=$file bs=1M count=600 status=none
	chmod 0600 $file
	mkswap --quiet --label memprov $file
	sync --file-system $file
	(($(stat --file-system --format '%a * %S' $btrfs) < 600 << 20))
	memprov 0 apply --file $file --json
	same "$(kinds 'done')" 'fstab swapfile swapon sysctl sysctl-file'
	same "$(size_of $file)" $((600 << 20))
}

@test "the room of what is removed can be used at once" {
	make_btrfs
	profile 's/256M/600M/; s/128M/600M/'
	for ((n = 0; n < 3; n++)); do
		memprov 0 apply --file $file
		same "$(size_of $file)" $((600 << 20))
		memprov 0 remove --file $file
	done
}

@test "data in several copies is refused" {
	make_btrfs --data dup
	refused apply --file $file "the data of its btrfs is kept as dup, and the kernel swaps to single copies on one device only; name a file on another filesystem (--file), or give up the second copy of all data there: \`btrfs balance start -dconvert=single $btrfs\`"
	# The remedy is one.
	btrfs --quiet balance start -dconvert=single $btrfs >/dev/null
	memprov 0 apply --file $file
}

# Of two devices: new data comes to lie on the one with more room left, at first the larger.
make_two() {
	truncate --size 3G $images/fs.img
	truncate --size 1G $images/second.img
	second=$(losetup --find --show $images/second.img)
	first=$(losetup --find --show $images/fs.img)
	mkfs.btrfs -q "$@" "$first" "$second"
	mkdir --parents $btrfs
	mount "$first" $btrfs
}

@test "data on two devices at once is refused" {
	make_two --data raid1
	refused apply --file $file 'the data of its btrfs is kept as raid1'
	umount $btrfs
	make_two --force --data raid0
	refused apply --file $file 'the data of its btrfs is kept as raid0'
}

@test "of two devices the swapfile has to lie on one, which only the kernel can tell" {
	make_two --data single
	memprov 0 apply --file $file --json
	holds '.warnings | any(contains("its btrfs has 2 devices"))'
	memprov 0 apply --file $file --json
	holds '.changed == false and (.warnings | any(contains("devices")) | not)'
	# Grown onto the other one, it is not taken, and goes on as it was.
	memprov 1 apply --file $file --size 2900M
	says 'swapfile must be on one device'
	[[ $out == *'was grown, but the kernel did not take it; cut to its former size again'* ]]
	is_active $file
	same "$(size_of $file)" $((256 << 20))
	memprov 0 audit --file $file
	memprov 0 remove --file $file
	before=$(find $btrfs -mindepth 1)
	fstab=$(</etc/fstab)
	memprov 1 apply --file $file --size 2900M
	says 'swapfile must be on one device'
	[[ $out == *'removed again'* ]]
	same "$(find $btrfs -mindepth 1)" "$before"
	same "$(</etc/fstab)" "$fstab"
	# Nor does it fall to a directory that was made for it.
	memprov 1 apply --file $btrfs/swap/swapfile --size 2900M
	[[ ! -e $btrfs/swap ]]
}

@test "a balance is not taken for an active swapfile" {
	make_btrfs
	memprov 0 apply --file $file
	swapoff $file
	pause_balance
	refused apply --file $file 'its btrfs is at something that keeps swapon out (balance paused); wait until it has ended'
	run ! swapon $file
	[[ $output == *'Device or resource busy'* ]]
	btrfs balance cancel $btrfs
	memprov 0 apply --file $file --json
	same "$(kinds 'done')" swapon

	# Active already, it has nothing to do with it; but off it would stay off.
	pause_balance
	memprov 0 apply --file $file --json
	holds '.changed == false'
	refused apply --file $file --size 320M 'keeps swapon out (balance paused)'
	is_active $file
	btrfs balance cancel $btrfs
}

@test "a balance that nobody tells of before swapon does" {
	make_btrfs
	pause_balance
	# As before Linux 5.10.
	echo none >$work/none
	mount --bind $work/none "$(operation)"
	memprov 1 apply --file $file
	says 'cannot activate swapfile while exclusive operation is running'
	[[ ! -e $file ]]
	umount "$(operation)"
	btrfs balance cancel $btrfs
	memprov 0 apply --file $file
}

@test "one that is grown is switched on again, or it is said that it is off" {
	make_btrfs
	memprov 0 apply --file $file
	pause_balance
	echo none >$work/none
	mount --bind $work/none "$(operation)"
	mount --bind /dev/null /dev/kmsg
	memprov 1 apply --file $file --size 320M
	umount /dev/kmsg "$(operation)"
	says 'and it is off now'
	run ! is_active $file
	btrfs balance cancel $btrfs
	memprov 0 apply --file $file
	is_active $file
	same "$(size_of $file)" $((256 << 20))
}

@test "data that is partly single is tried" {
	make_two --data raid1
	dd if=/dev/urandom of=$btrfs/data bs=1M count=64 status=none
	sync --file-system $btrfs
	btrfs --quiet balance start -dconvert=single,limit=1 $btrfs >/dev/null
	fallocate --length 1M $btrfs/more
	sync --file-system $btrfs
	memprov 3 apply --dry-run --file $file
}

@test "what a snapshot keeps of the subvolume is no place for a swapfile" {
	make_btrfs
	memprov 0 apply --file $btrfs/swap/swapfile
	snapshot $btrfs before
	# Its times are those of looking, so that `refused` would see a change.
	for option in --dry-run --quiet; do
		memprov 1 apply --file $btrfs/before/swap/swapfile $option
		says 'its directory is what a snapshot keeps in the place of a subvolume'
	done
	# The remedy is one.
	rmdir $btrfs/before/swap
	memprov 0 apply --file $btrfs/before/swap/swapfile
	same "$(stat --format %i $btrfs/before/swap)" 256
}

@test "a user who may not look into the subvolume is told so" {
	make_btrfs
	memprov 0 apply --file $btrfs/swap/swapfile
	sed -i '/swap sw/d' /etc/fstab
	run -3 setpriv --reuid 65534 --regid 65534 --clear-groups \
		$live/memprov audit --file $btrfs/swap/swapfile
	[[ $output == *'cannot be read by this user; run as root'* ]]
}

@test "what is compressed does not count as room" {
	make_btrfs
	mount --options remount,compress-force=zstd $btrfs
	dd if=/dev/zero of=$file bs=1M count=400 status=none
	chmod 0600 $file
	mkswap --quiet $file
	sync --file-system $file
	mount --options remount,compress=no $btrfs
	dd if=/dev/urandom of=$btrfs/data bs=1M status=none \
		count=$(($(stat --file-system --format '%a * %S' $btrfs) / 1048576 - 100)) conv=fsync
	profile 's/256M/400M/; s/128M/300M/'
	refused apply --file $file 'needs 300 MiB, but there is room for'
	[[ -e $file ]]
}

@test "a read-only subvolume is refused" {
	make_btrfs
	btrfs subvolume create $btrfs/sub >/dev/null
	btrfs property set $btrfs/sub ro true
	refused apply --file $btrfs/sub/swapfile 'its btrfs subvolume is read-only'
	btrfs property set $btrfs/sub ro false
	memprov 0 apply --file $btrfs/sub/swapfile
}
