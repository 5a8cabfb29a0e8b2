#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2086,SC2154 # helpers.bash sets out, err, and paths without blanks
# A machine without swap is provisioned; a second run finds nothing to do.

load helpers
bats_require_minimum_version 1.5.0

# What would change something. A lock is taken, and /dev/null fills descriptors 0 to 2.
writes_in() {
	sed 's/^[0-9]* *//' "$1" | grep -v -e '^open.*"/run/memprov.lock"' -e '^open.*"/dev/null"' |
		grep -E \
			-e '^open.*(O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_TMPFILE)' \
			-e '^p?write(64|v|v2)?\(([03-9]|[12][0-9])' \
			-e '^(rename|link|symlink|unlink|mkdir|rmdir|mknod|f?chmod|[fl]?chown)' \
			-e '^(f?truncate|fallocate|f(data)?sync|sync|swapo|[fl]?setxattr|f?removexattr)' \
			-e '^(utime|futime|copy_file_range|sendfile|splice|mount|umount|reboot)' \
			-e '^(fork|vfork|clone|connect|send)' -e '^ioctl\(.*SETFLAGS'
}

@test "a fresh machine is provisioned by one command" {
	memprov 0 apply
	[[ $out == *"6 changes made"* ]]
	is_active $swapfile
	[[ $(stat --format '%a %u %g %h %s' $swapfile) == "600 0 0 1 $((256 << 20))" ]]
	(($(stat --format '%b * %B' $swapfile) >= 256 << 20))
	grep -qx "$swapfile none swap sw,nofail 0 0" /etc/fstab
	[[ $(</proc/sys/vm/swappiness) == 33 ]]
	[[ $(</proc/sys/vm/vfs_cache_pressure) == 77 ]]
	grep -qx 'vm.swappiness *= *33' /etc/sysctl.d/99-zz-memprov.conf
}

@test "a second run changes no byte and makes no call that could" {
	memprov 0 apply
	before=$(all)
	traced $work/trace apply --json
	holds '.changed == false and .conforms and .exit == 0'
	run ! writes_in $work/trace
	after=$(all)
	same "$before" "$after"
	# The same net catches the first run.
	memprov 0 remove
	traced $work/trace apply
	for call in fallocate pwrite64 fsync linkat swapon rename; do
		writes_in $work/trace | grep -q "^$call"
	done
}

@test "what is written is on the disk before it has a name, and the name before it is used" {
	traced $work/trace apply
	# With the name the file itself is synced again, for its count of links.
	same "$(sed -nE 's/^[0-9]+ +(fallocate|pwrite64|fsync|linkat|swapon)\(.*/\1/p' $work/trace |
		sed '/swapon/q' | xargs)" 'fallocate pwrite64 fsync linkat fsync fsync swapon'
	# So is each text: no rename but of a file that was synced, and its directory is synced next.
	same "$(sed -nE 's/^[0-9]+ +(fsync|rename)[a-z0-9]*\(.*/\1/p' $work/trace |
		xargs | grep -o 'fsync rename fsync' | wc -l)" 1
}
