#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2030,SC2031,SC2086,SC2154 # helpers.bash sets out, err, and paths without blanks
# What may be at the swapfile's path besides nothing and the right one: mended where that loses
# nothing, kept where it is in use, refused where it is somebody's. drift.bats and refusals.bats
# have the rest.

load helpers
bats_require_minimum_version 1.5.0

# A swapfile by hand, of the recommended size.
by_hand() {
	fallocate --length 256M $swapfile
	chmod 0600 $swapfile
	mkswap --quiet $swapfile
}

# made_anew WORDS: the file is another one afterwards, with the UUID and label it had
made_anew() {
	local inode uuid

	inode=$(stat --format %i $swapfile)
	uuid=$(blkid --probe --match-tag UUID --output value $swapfile)
	memprov 3 audit
	[[ $out == *"$1"* ]]
	memprov 0 apply --json
	holds '.steps[0].kind == "swapfile" and .steps[0].state == "done"'
	is_active $swapfile
	same "$(stat --format '%s %a %u' $swapfile)" "$((256 << 20)) 600 0"
	same "$(blkid --probe --match-tag UUID --output value $swapfile)" "$uuid"
	memprov 0 apply --json
	holds '.changed == false'
}

@test "a file of zeros only, written or allocated, is an unfinished swapfile" {
	for make in "dd if=/dev/zero of=$swapfile bs=1M count=200 status=none" \
		"fallocate --length 300M $swapfile" "truncate --size 256M $swapfile"; do
		$make
		memprov 3 audit
		[[ $out == *'holds zeros only; an unfinished swapfile'* ]]
		memprov 0 apply
		is_active $swapfile
		same "$(size_of $swapfile)" $((256 << 20))
		memprov 0 apply --json
		holds '.changed == false'
		memprov 0 remove
	done
}

@test "a sparse swapfile is made anew" {
	truncate --size 256M $swapfile
	chmod 0600 $swapfile
	mkswap --quiet $swapfile 2>/dev/null
	run ! swapon $swapfile
	made_anew 'has holes: 256 MiB of it are not allocated'
}

@test "a hole that blocks beyond the end of the file make up for is found" {
	by_hand
	fallocate --punch-hole --offset 1M --length 1M $swapfile
	fallocate --keep-size --offset 256M --length 1M $swapfile
	(($(stat --format '%b * 512' $swapfile) >= 256 << 20))
	run ! swapon $swapfile
	made_anew 'has holes: 1 MiB of it are not allocated'
}

@test "a reflinked swapfile is made anew, and the copy stays as it is" {
	make_disk xfs 1G xfs -m reflink=1
	swapfile=$live/xfs/swapfile disk=$live/xfs
	profile ''
	dd if=/dev/zero of=$swapfile bs=1M count=256 status=none
	by_hand
	cp --reflink=always $swapfile $disk/copy
	sum=$(sha256sum <$disk/copy)
	run ! swapon $swapfile
	made_anew '256 MiB of it belong to a snapshot or reflink copy, too; made anew'
	same "$(sha256sum <$disk/copy)" "$sum"
}

@test "swap of the old format is left alone" {
	fallocate --length 256M $swapfile
	printf SWAP-SPACE | dd of=$swapfile bs=1 seek=4086 conv=notrunc status=none
	run ! swapon $swapfile
	refused apply 'is not a swapfile (SWAP-SPACE, a format gone since Linux 2.6)'
}

@test "what is swapped out may look like any filesystem, and is kept" {
	by_hand
	# A btrfs superblock's magic, the start of an ext4 image, an LVM label, each where it is
	# looked for or was swapped out to.
	printf _BHRfS_M | dd of=$swapfile bs=1 seek=$((65536 + 64)) conv=notrunc status=none
	truncate --size 8M $work/ext4
	mkfs.ext4 -q $work/ext4
	dd if=$work/ext4 of=$swapfile bs=1M seek=1 conv=notrunc status=none
	sum=$(sha256sum $swapfile)
	inode=$(stat --format %i $swapfile)
	memprov 0 apply --json
	same "$(kinds 'done')" 'fstab swapon sysctl sysctl-file'
	is_active $swapfile
	same "$(sha256sum $swapfile)" "$sum"
	# Grown, too.
	memprov 0 apply --size 300M
	same "$(stat --format %i $swapfile)" "$inode"
	cmp --bytes $((255 << 20)) --ignore-initial $((1 << 20)):0 $swapfile $work/ext4 2>&1 |
		grep -q 'EOF on' # the shorter one is all there
}

@test "images of a hibernated system are never touched, whoever wrote them" {
	for magic in S1SUSPEND S2SUSPEND ULSUSPEND LINHIB0001; do
		by_hand
		printf '%s' $magic | dd of=$swapfile bs=1 seek=4086 conv=notrunc status=none
		refused apply 'holds the image of a hibernated system; resume it first'
		refused apply --size 300M 'holds the image of a hibernated system'
		memprov 0 remove
		[[ -e $swapfile ]]
		rm $swapfile
	done
	by_hand
	# TuxOnIce has its at the start of the page.
	printf '\355\303\002\351\230\126\345\014' |
		dd of=$swapfile bs=1 conv=notrunc status=none
	refused apply 'holds the image of a hibernated system'
}

# resumes OFFSET [DEVICE]: the kernel would resume from there
resumes() {
	echo "root=/dev/vda resume=${2-UUID=1-2} resume_offset=$1 quiet" >$work/cmdline
	mount --bind $work/cmdline /proc/cmdline
}

# The first block, in pages; of 4 KiB both.
first_block() {
	filefrag -v $swapfile | awk '$1 == "0:" { sub(/\.\..*/, "", $4); print $4 }'
}

# not_removed WORDS: remove changes nothing
not_removed() {
	local before after
	before=$(all)
	memprov 1 remove --dry-run
	memprov 1 remove
	says "$1"
	after=$(all)
	same "$before" "$after"
}

@test "the file the kernel would resume from is neither moved nor made anew" {
	words='the kernel would resume a hibernated system from it'
	memprov 0 apply
	(($(stat --file-system --format %S $disk) == 4096))
	offset=$(first_block)
	resumes "$offset"
	memprov 0 audit
	refused apply --size 0 "$words"
	refused apply --file $disk/other "$words"
	not_removed "$words"
	# Longer, shorter and closed it starts where it did.
	for size in 300M 200M 256M; do
		memprov 0 apply --size $size
		same "$(first_block)" "$offset"
	done
	chmod 0644 $swapfile
	memprov 0 apply
	swapoff $swapfile
	chmod 0644 $swapfile
	refused apply "$words"
	chmod 0600 $swapfile
	fallocate --punch-hole --offset 1M --length 1M $swapfile
	refused apply "$words"
	umount /proc/cmdline
	# Another file's, another device's, or switched off.
	resumes $((offset + 1))
	memprov 0 apply
	memprov 0 remove
	umount /proc/cmdline
}

@test "an offset that is no whole number of pages is the kernel's, rounded up, or a tool's" {
	local first offset

	make_disk small 600M ext4 -b 1024
	swapfile=$live/small/swapfile disk=$live/small
	profile ''
	memprov 0 apply
	first=$(first_block) # in KiB
	if ((first % 4 == 0)); then
		memprov 0 remove
		fallocate --length 1K $disk/odd
		memprov 0 apply
		first=$(first_block)
	fi
	for offset in $((first / 4)) $(((first + 3) / 4)); do
		resumes $offset
		not_removed 'the kernel would resume a hibernated system from it'
		umount /proc/cmdline
	done
	resumes $((first / 4 + 2))
	memprov 3 remove --dry-run
	umount /proc/cmdline
}

@test "the device that is named beside the offset counts, and so does what init wrote" {
	memprov 0 apply
	offset=$(first_block)
	device=$(findmnt --noheadings --output SOURCE $disk)
	numbers=$(findmnt --noheadings --output MAJ:MIN $disk | tr -d ' ')
	for name in "$device" "$numbers"; do
		resumes "$offset" "$name"
		not_removed 'the kernel would resume a hibernated system from it'
		umount /proc/cmdline
	done
	resumes "$offset" /dev/loop-control # no block device: not known, so the offset decides
	not_removed 'the kernel would resume a hibernated system from it'
	umount /proc/cmdline
	resumes "$offset" 1:1
	memprov 3 remove --dry-run
	umount /proc/cmdline

	mount -t tmpfs -o mode=0755 memprov-live /sys/power
	echo "$offset" >/sys/power/resume_offset
	echo "$numbers" >/sys/power/resume
	not_removed 'the kernel would resume a hibernated system from it'
	echo 0 >/sys/power/resume_offset
	memprov 0 remove
	umount /sys/power
}

@test "on btrfs, where no file tells its offset, any may be the one" {
	make_disk fs 600M btrfs
	memprov 0 apply --file $live/fs/swapfile
	resumes 12345 "$(findmnt --noheadings --output SOURCE $live/fs)"
	refused apply --size 0 --file $live/fs/swapfile 'the kernel would resume'
	memprov 0 audit --file $live/fs/swapfile
	umount /proc/cmdline
	resumes 12345 "$(findmnt --noheadings --output SOURCE $disk)"
	memprov 0 apply --size 0 --file $live/fs/swapfile
	umount /proc/cmdline
}

@test "active under another name it is active" {
	memprov 0 apply
	swapoff $swapfile
	mkdir $live/elsewhere
	mount --bind $disk $live/elsewhere
	swapon $live/elsewhere/swapfile
	is_active $live/elsewhere/swapfile
	memprov 0 audit
	memprov 0 apply --json
	holds '.changed == false'
	holds '[.facts.swap[] | select(.path | test("elsewhere")).ours] == [true]'
	memprov 0 apply --size 300M
	same "$(size_of $swapfile)" $((300 << 20))
	memprov 0 remove
	[[ ! -e $swapfile ]]
}

@test "a symlink in any component is refused" {
	mkdir --parents $disk/a/b/c
	ln -s a $disk/one
	ln -s b $disk/a/two
	ln -s c $disk/a/b/three
	for directory in one/b/c a/two/c a/b/three; do
		refused apply --file $disk/$directory/swapfile 'is a symlink, which is not followed'
	done
	memprov 0 apply --file $disk/a/b/c/swapfile
}

@test "a directory that is missing is made, with mode 0755 whatever the umask" {
	for umask in 000 077 777; do
		(umask $umask && memprov 0 apply --file $disk/dir/swapfile)
		same "$(stat --format '%a %u %g' $disk/dir)" '755 0 0'
		is_active $disk/dir/swapfile
		memprov 0 apply --file $disk/dir/swapfile --json
		holds '.changed == false'
		memprov 0 remove --file $disk/dir/swapfile
		rmdir $disk/dir
	done
}

@test "of two that are missing none is made" {
	refused apply --file $disk/one/two/swapfile "there is no directory $disk/one; make it first"
}

@test "a directory made for a swapfile that then fails goes with it" {
	ASAN_OPTIONS=detect_leaks=0 run strace --output $work/trace --follow-forks \
		--inject fallocate:error=EIO $live/memprov apply --file $disk/dir/swapfile
	((status == 1))
	[[ $output == *'cannot allocate'* ]]
	grep -q 'mkdirat(.* = 0' $work/trace
	[[ ! -e $disk/dir ]]
	# Also later, where swapon reports holes and there is no room for zeros.
	ASAN_OPTIONS=detect_leaks=0 run strace --output $work/trace --follow-forks \
		--inject fallocate:retval=0 --inject pwrite64:error=ENOSPC:when=2 \
		$live/memprov apply --file $disk/dir/swapfile
	((status == 1))
	[[ $output == *'No space left on device'* ]]
	[[ ! -e $disk/dir ]]
	memprov 0 apply --file $disk/dir/swapfile
}
