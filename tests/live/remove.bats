#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2086,SC2154 # helpers.bash sets out, err, and paths without blanks
# remove brings the machine back: every file byte for byte, and no more than what apply made.

load helpers
bats_require_minimum_version 1.5.0

# Names, modes, owners and bytes; what an untouched file and a rewritten one have in common.
bytes() {
	find $etc $disk -printf '%p %y %m %U %G %l\n' | sort
	find $etc $disk -type f -exec sha256sum {} + | sort
}

# round_trip: apply and remove leave every byte as it was
round_trip() {
	local before after
	before=$(bytes)
	memprov 0 apply
	is_active $swapfile
	memprov 0 remove
	run ! is_active $swapfile
	after=$(bytes)
	same "$before" "$after"
	memprov 3 audit
	memprov 0 remove --json
	holds '.changed == false'
}

@test "apply and remove leave every file byte for byte as it was" {
	round_trip
}

@test "so they do with CRLF, tabs, malformed lines and mode 0600" {
	printf '# a\r\nUUID=1\t/\text4\tdefaults\t0 1\r\n\r\nbad\r\n  # end\r\n' >/etc/fstab
	chmod 0600 /etc/fstab
	round_trip
}

@test "so they do with an empty fstab, and a symlinked one" {
	: >/etc/fstab
	round_trip
	mkdir /etc/local
	mv /etc/fstab /etc/local/fstab
	ln -s local/fstab /etc/fstab
	round_trip
}

@test "an fstab without a final newline has one afterwards, and nothing else" {
	printf '# the disk\nUUID=1-2 / ext4 defaults 0 1' >/etc/fstab
	memprov 0 apply
	memprov 0 remove
	cmp /etc/fstab <(printf '# the disk\nUUID=1-2 / ext4 defaults 0 1\n')
}

@test "live values go back to what the next boot sets, else to the kernel's default" {
	echo 'vm.swappiness = 44' >/etc/sysctl.d/10-site.conf
	echo 44 >/proc/sys/vm/swappiness
	memprov 0 apply
	same "$(cat /proc/sys/vm/{swappiness,vfs_cache_pressure})" $'33\n77'
	memprov 0 remove
	same "$(cat /proc/sys/vm/{swappiness,vfs_cache_pressure})" $'44\n100'
}

@test "the steps come in the order that every prefix of is safe" {
	memprov 0 apply
	memprov 3 remove --dry-run --json
	before=$(all)
	memprov 3 remove --dry-run
	after=$(all)
	same "$before" "$after"
	memprov 0 remove --json
	same "$(jq --raw-output '[.steps[] | select(.state == "done").kind] | join(" ")' <<<"$out")" \
		'sysctl sysctl sysctl-file fstab swapon swapfile'
}

@test "without anything of memprov's there is nothing to remove" {
	before=$(all)
	memprov 0 remove --json
	holds '.changed == false and .conforms'
	after=$(all)
	same "$before" "$after"
}

@test "a swapfile that was adopted stays with its line, and the report says so" {
	fallocate --length 256M $swapfile
	chmod 0600 $swapfile
	mkswap --quiet --label hers $swapfile
	echo "$swapfile none swap sw,nofail 0 0" >>/etc/fstab
	memprov 0 apply
	is_active $swapfile
	memprov 0 remove --json
	holds '.warnings | any(contains("were not made by memprov and stay"))'
	is_active $swapfile
	same "$(blkid --probe --match-tag LABEL --output value $swapfile)" hers
	[[ ! -e /etc/sysctl.d/99-zz-memprov.conf ]]
	swapoff $swapfile
	grep -qx "$swapfile none swap sw,nofail 0 0" /etc/fstab
}

@test "an adopted swapfile that is resized keeps its label and UUID" {
	fallocate --length 64M $swapfile
	chmod 0644 $swapfile
	mkswap --quiet --label hers $swapfile 2>/dev/null
	uuid=$(blkid --probe --match-tag UUID --output value $swapfile)
	memprov 0 apply
	same "$(stat --format '%a %s' $swapfile)" "600 $((256 << 20))"
	same "$(blkid --probe --match-tag LABEL --output value $swapfile)" hers
	same "$(blkid --probe --match-tag UUID --output value $swapfile)" "$uuid"
}

@test "remove needs no profile, and finds its swapfile wherever it is" {
	memprov 0 apply --file $disk/other
	rm -r /etc/memprov
	memprov 0 remove
	[[ ! -e $disk/other ]]
	run ! is_active $disk/other
	run ! grep -q "$disk/other" /etc/fstab
}

@test "remove finds a swapfile that is configured, but not active" {
	memprov 0 apply
	swapoff $swapfile
	rm -r /etc/memprov
	memprov 0 remove
	[[ ! -e $swapfile ]]
	run ! grep -q "$swapfile" /etc/fstab
}
