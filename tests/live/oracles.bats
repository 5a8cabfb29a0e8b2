#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2086,SC2154 # helpers.bash sets out, err, and paths without blanks
# Other programs agree with what memprov writes and predicts.

load helpers
bats_require_minimum_version 1.5.0

@test "systemd reads our line in every fstab of the corpus" {
	"$BATS_TEST_DIRNAME/fstab-readers"
}

@test "systemd-sysctl and procps leave the values that every sysctl tree expects" {
	"$BATS_TEST_DIRNAME/sysctl-appliers"
}

@test "the swapfile is byte for byte what mkswap makes" {
	local size

	for size in 40K 41K 1M 1025K 100000KB 64M 257M; do
		memprov 0 apply --size $size
		bytes=$(size_of $swapfile)
		((bytes % $(getconf PAGESIZE) == 0))
		rm -f $work/model
		truncate --size "$bytes" $work/model
		chmod 0600 $work/model
		mkswap --quiet --label memprov $work/model \
			--uuid "$(blkid --probe --match-tag UUID --output value $swapfile)"
		cmp $swapfile $work/model
		memprov 0 remove
	done
}

@test "the kernel uses every page of the file but the header's" {
	memprov 0 apply --size 64M
	same "$(awk -v file=$swapfile '$1 == file { print $3 }' /proc/swaps)" \
		$(((64 << 10) - $(getconf PAGESIZE) / 1024))
}

@test "findmnt and swapon read our line in fstab" {
	sed -i '/^broken/d; /^UUID/d' /etc/fstab
	memprov 0 apply
	findmnt --verify
	swapoff $swapfile
	swapon --all
	is_active $swapfile
	swapon --show=NAME,LABEL --noheadings | grep -q "^$swapfile  *memprov"
}

@test "sysctl --system sets what memprov set" {
	memprov 0 apply
	echo 60 >/proc/sys/vm/swappiness
	sysctl --quiet --load=/etc/sysctl.d/99-zz-memprov.conf
	same "$(</proc/sys/vm/swappiness)" 33
	memprov 0 audit
}
