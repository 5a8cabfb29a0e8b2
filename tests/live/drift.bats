#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2086,SC2154 # helpers.bash sets out, err, and paths without blanks
# Each kind of drift is seen by an audit, and mended without touching anything else.

load helpers
bats_require_minimum_version 1.5.0

# mended KIND...: just these steps are seen as changes, and done; everything else is ok
mended() {
	local fstab dropin

	memprov 3 audit --json
	holds '.conforms == false and .changed == false'
	same "$(kinds change)" "$*"
	memprov 3 apply --dry-run --json
	same "$(kinds change)" "$*"
	fstab=$(stat --format '%i %Y' /etc/fstab 2>&1) || true
	dropin=$(stat --format '%i %Y' /etc/sysctl.d/99-zz-memprov.conf 2>&1) || true
	memprov 0 apply --json
	holds '.conforms and .changed'
	same "$(kinds 'done')" "$*"
	[[ " $* " == *" fstab "* ]] || same "$(stat --format '%i %Y' /etc/fstab)" "$fstab"
	[[ " $* " == *" sysctl-file "* ]] ||
		same "$(stat --format '%i %Y' /etc/sysctl.d/99-zz-memprov.conf)" "$dropin"
	memprov 0 audit --json
	is_active $swapfile
}

@test "swapoff by hand" {
	memprov 0 apply
	swapoff $swapfile
	mended swapon
}

@test "a sysctl set by hand" {
	memprov 0 apply
	echo 60 >/proc/sys/vm/swappiness
	mended sysctl
	[[ $(</proc/sys/vm/swappiness) == 33 ]]
}

@test "the fstab line deleted" {
	memprov 0 apply
	right=$(</etc/fstab)
	sed -i "\\|^$swapfile |d" /etc/fstab
	mended fstab
	same "$(</etc/fstab)" "$right"
}

@test "the fstab line edited: what is wrong is put right, what is foreign is kept" {
	memprov 0 apply
	sed -i "\\|^$swapfile |s|sw,nofail 0 0|noauto,x-mine,pri=5 0 0 # hers|" /etc/fstab
	mended fstab
	grep -qE "^$swapfile none swap [^ ]+ 0 0 # hers\$" /etc/fstab
	grep -q "^$swapfile .*x-mine" /etc/fstab
	grep -q "^$swapfile .*nofail" /etc/fstab
	run ! grep -qE 'noauto|pri=' /etc/fstab
}

@test "a second fstab line for the file" {
	memprov 0 apply
	right=$(</etc/fstab)
	echo "$swapfile swap swap defaults" >>/etc/fstab
	mended fstab
	same "$(</etc/fstab)" "$right"
}

@test "the fstab gone" {
	memprov 0 apply
	rm /etc/fstab
	mended fstab
	same "$(</etc/fstab)" "$swapfile none swap sw,nofail 0 0"
	[[ $(stat --format %a /etc/fstab) == 644 ]]
}

@test "the drop-in edited" {
	memprov 0 apply
	right=$(</etc/sysctl.d/99-zz-memprov.conf)
	sed -i s/33/34/ /etc/sysctl.d/99-zz-memprov.conf
	mended sysctl-file
	same "$(</etc/sysctl.d/99-zz-memprov.conf)" "$right"
}

@test "the drop-in deleted, with its directory" {
	memprov 0 apply
	rm -r /etc/sysctl.d
	mended sysctl-file
	[[ $(stat --format %a /etc/sysctl.d /etc/sysctl.d/99-zz-memprov.conf) == $'755\n644' ]]
}

@test "mode and owner of the active swapfile, which stays active" {
	memprov 0 apply
	chmod 0644 $swapfile
	# Not how much of it is used: the machine may swap at any time.
	areas=$(awk '{ print $1, $2, $3, $5 }' /proc/swaps)
	mended swapfile
	same "$(stat --format '%a %u %g' $swapfile)" '600 0 0'
	chown 65534:65534 $swapfile
	mended swapfile
	same "$(stat --format '%a %u %g' $swapfile)" '600 0 0'
	same "$(awk '{ print $1, $2, $3, $5 }' /proc/swaps)" "$areas"
}

@test "the swapfile deleted" {
	memprov 0 apply
	swapoff $swapfile
	rm $swapfile
	mended swapfile swapon
}

@test "the swapfile emptied, cut, and with holes" {
	memprov 0 apply
	swapoff $swapfile
	: >$swapfile
	mended swapfile swapon
	swapoff $swapfile
	truncate --size 100M $swapfile
	mended swapfile swapon
	swapoff $swapfile
	fallocate --punch-hole --offset 1M --length 1M $swapfile
	mended swapfile swapon
	same "$(size_of $swapfile)" $((256 << 20))
}

@test "a header for less than the file, for more, and for another page size" {
	memprov 0 apply
	swapoff $swapfile
	mkswap --quiet --label memprov $swapfile $((100 << 10))
	mended swapfile swapon
	swapoff $swapfile
	printf '\377\377\377\177' | dd of=$swapfile bs=1 seek=1028 conv=notrunc status=none
	mended swapfile swapon
	swapoff $swapfile
	dd if=/dev/zero of=$swapfile bs=4096 count=1 conv=notrunc status=none
	mkswap --quiet --label memprov --pagesize 65536 $swapfile 2>/dev/null
	mended swapfile swapon
	awk -v file=$swapfile '$1 == file && $3 > 255 * 1024 { hit = 1 } END { exit !hit }' /proc/swaps
}

@test "a line that would win at boot is commented out, and comes back, whatever was edited since" {
	profile '$ a conflicts: disable'
	printf '# hers\nvm.swappiness=5\r\nkernel.panic=10' >/etc/sysctl.d/99-zzz-local.conf
	chmod 0640 /etc/sysctl.d/99-zzz-local.conf
	before=$(<"/etc/sysctl.d/99-zzz-local.conf")
	memprov 3 apply --dry-run
	[[ $out == *'+#memprov# vm.swappiness=5'* ]]
	same "$(</etc/sysctl.d/99-zzz-local.conf)" "$before"
	memprov 0 apply
	grep -q '^#memprov# vm.swappiness=5' /etc/sysctl.d/99-zzz-local.conf
	same "$(stat --format %a /etc/sysctl.d/99-zzz-local.conf)" 640
	[[ $(</proc/sys/vm/swappiness) == 33 ]]
	memprov 0 apply --json
	holds '.changed == false'
	# In the appliers' eyes, too.
	run ! grep -E '^[^#]*swappiness *= *5' /etc/sysctl.d/*.conf
	sed -i 's/^kernel.panic=10/kernel.panic=20/; 1a # new' /etc/sysctl.d/99-zzz-local.conf
	memprov 0 audit
	memprov 0 remove
	same "$(</etc/sysctl.d/99-zzz-local.conf)" "$(printf '# hers\n# new\nvm.swappiness=5\r\nkernel.panic=20')"
	# What the next boot sets is what remove leaves.
	[[ $(</proc/sys/vm/swappiness) == 5 ]]
}

@test "a line that was commented out comes back when the key leaves the profile" {
	profile '$ a conflicts: disable'
	echo 'vm.swappiness=5' >/etc/sysctl.conf
	mkdir -p /run/systemd/system
	echo 'vm.swappiness=5' >/etc/sysctl.d/99-zzz.conf
	memprov 0 apply
	grep -q '^#memprov# vm.swappiness=5$' /etc/sysctl.d/99-zzz.conf
	profile '/swappiness/d; $ a conflicts: disable'
	memprov 3 audit
	memprov 0 apply
	same "$(</etc/sysctl.d/99-zzz.conf)" 'vm.swappiness=5'
	memprov 0 apply --json
	holds '.changed == false'
}

@test "a file that cannot be edited blocks everything" {
	profile '$ a conflicts: disable'
	echo 'vm.swappiness=5' >/etc/sysctl.d/99-zzz.conf
	mount --bind /etc/sysctl.d/99-zzz.conf /etc/sysctl.d/99-zzz.conf
	memprov 1 apply
	says '/etc/sysctl.d/99-zzz.conf: is a mount point'
	[[ ! -e $swapfile && ! -e /etc/sysctl.d/99-zz-memprov.conf ]]
	umount /etc/sysctl.d/99-zzz.conf
	memprov 0 apply
}

@test "a value that the kernel refuses is neither set nor left for the next boot" {
	before=$(</proc/sys/vm/swappiness)
	ASAN_OPTIONS=detect_leaks=0 run strace --output $work/trace -P /proc/sys/vm/swappiness \
		--inject write:error=EINVAL $live/memprov apply
	((status == 1))
	[[ $output == *'cannot set vm.swappiness to 33: Invalid argument; /etc/sysctl.d/99-zz-memprov.conf is left without it'* ]]
	same "$(</proc/sys/vm/swappiness)" "$before"
	run ! grep swappiness /etc/sysctl.d/99-zz-memprov.conf
	grep -q '^vm.vfs_cache_pressure = 77$' /etc/sysctl.d/99-zz-memprov.conf
	# The swap stays, and the next run tries again.
	is_active $swapfile
	memprov 0 apply
	memprov 0 audit
}

@test "every key of the table is set, kept, and put back" {
	local key value
	local -A wanted=([swappiness]=33 [vfs_cache_pressure]=77 [overcommit_memory]=1
		[overcommit_ratio]=60 [page-cluster]=2 [max_map_count]=70000
		[min_free_kbytes]=70000 [watermark_scale_factor]=12 [dirty_ratio]=21
		[dirty_background_ratio]=11)

	(cd /proc/sys/vm && grep . swappiness vfs_cache_pressure overcommit_memory) >$live/before-vm
	profile '/^sysctl:/,/zzz/d'
	{
		echo sysctl:
		for key in "${!wanted[@]}"; do
			echo "  vm.$key: ${wanted[$key]}"
		done
	} >>/etc/memprov/profile.yaml
	memprov 0 apply
	for key in "${!wanted[@]}"; do
		same "$(</proc/sys/vm/$key)" "${wanted[$key]}"
		grep -q "^vm.$key = ${wanted[$key]}\$" /etc/sysctl.d/99-zz-memprov.conf
	done
	memprov 0 apply --json
	holds '.changed == false'
	# The other one of each pair, which the kernel zeroes them for.
	sed -i -E 's/^  vm.overcommit_ratio.*/  vm.overcommit_kbytes: 9000000/
		s/^  vm.dirty_ratio.*/  vm.dirty_bytes: 500000000/
		s/^  vm.dirty_background_ratio.*/  vm.dirty_background_bytes: 90000000/' \
		/etc/memprov/profile.yaml
	memprov 0 apply
	same "$(</proc/sys/vm/overcommit_kbytes)" 9000000
	same "$(</proc/sys/vm/dirty_bytes)" 500000000
	same "$(</proc/sys/vm/dirty_background_bytes)" 90000000
	memprov 0 apply --json
	holds '.changed == false'
	value=$(<$live/before-vm)
	memprov 0 remove
	same "$(cd /proc/sys/vm && grep . swappiness vfs_cache_pressure overcommit_memory)" "$value"
}

# unseen ARGUMENT...: apply, of a machine that never had it, that finds no memory behind its last step
unseen() {
	local n status=0

	traced $work/trace apply "$@"
	n=$(awk '/ openat2\(/ { ++n } / write\([0-9]+, "[0-9]+\\n"/ { last = n } END { print last + 2 }' \
		$work/trace)
	memprov 0 remove
	ASAN_OPTIONS=detect_leaks=0 strace --follow-forks --output $work/trace \
		--inject "openat2:error=ENOMEM:when=$n+" \
		$live/memprov apply "$@" >$work/out 2>$work/err || status=$?
	err=$(<$work/err)
	same $status 1
	says 'all steps were run, but the machine cannot be looked at again: '
	says 'Cannot allocate memory'
	grep -q 'swapon .* done ' $work/out
}

@test "without memory for a second look it is told what was done, and how strict accounting ends" {
	local hint='echo 0 >/proc/sys/vm/overcommit_memory'

	unseen
	[[ $err != *"$hint"* ]]
	memprov 0 remove
	# That nothing can be allocated is played, so the mode is, too.
	cp /proc/sys/vm/overcommit_memory $work/mode
	mount --bind $work/mode /proc/sys/vm/overcommit_memory
	echo '  vm.overcommit_memory: 2' >>/etc/memprov/profile.yaml
	unseen --force
	same "$(<$work/mode)" 2
	says "$hint"
	umount /proc/sys/vm/overcommit_memory
}

@test "everything at once" {
	memprov 0 apply
	swapoff $swapfile
	rm $swapfile /etc/sysctl.d/99-zz-memprov.conf
	sed -i "\\|^$swapfile |d" /etc/fstab
	echo 60 >/proc/sys/vm/swappiness
	mended fstab swapfile swapon sysctl sysctl-file
}
