#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2086,SC2154 # helpers.bash sets out, err, and paths without blanks
# What is at the swapfile's path, or on the way to it, that memprov must not touch: each is refused
# in its own words, and not a byte of the machine changes.

load helpers
bats_require_minimum_version 1.5.0

@test "a file with somebody's data is refused" {
	echo 'precious' >$swapfile
	refused apply 'is not a swapfile (data) and is not overwritten'
}

@test "a file whose only data is its last byte is refused" {
	truncate --size 300M $swapfile
	printf x | dd of=$swapfile bs=1 seek=$(((300 << 20) - 1)) conv=notrunc status=none
	refused apply 'is not a swapfile (data) and is not overwritten'
}

@test "a filesystem image is refused by its name" {
	truncate --size 300M $swapfile
	mkfs.ext4 -q $swapfile
	refused apply 'is not a swapfile (ext4) and is not overwritten'
}

@test "the image of a hibernated system is refused" {
	fallocate --length 256M $swapfile
	mkswap --quiet $swapfile
	printf 'S1SUSPEND\0' | dd of=$swapfile bs=1 seek=4086 conv=notrunc status=none
	refused apply 'holds the image of a hibernated system'
}

@test "a symlink is refused, also one that leads nowhere" {
	ln -s elsewhere $swapfile
	refused apply 'is a symlink, which is not followed'
	memprov 0 apply --file $disk/elsewhere
	refused apply 'is a symlink, which is not followed'
}

@test "a symlinked directory is refused" {
	mkdir $disk/real
	ln -s real $disk/link
	refused apply --file $disk/link/swapfile "$disk/link is a symlink, which is not followed"
}

@test "a swapfile with another name is refused" {
	fallocate --length 256M $swapfile
	mkswap --quiet $swapfile
	ln $swapfile $disk/other
	refused apply 'has 2 names (hard links)'
}

@test "a directory that others can write is refused, sticky or not" {
	mkdir $disk/dir
	for mode in 0757 0775 1777 0772; do
		chmod $mode $disk/dir
		refused apply --file $disk/dir/swapfile \
			"the directory $disk/dir can be written by others"
	done
	mkdir --mode 0755 $disk/dir/below
	refused apply --file $disk/dir/below/swapfile \
		"the directory $disk/dir can be written by others"
}

@test "a directory with a foreign owner is refused" {
	mkdir $disk/dir
	chown 65534 $disk/dir
	refused apply --file $disk/dir/swapfile "the directory $disk/dir does not belong to root"
}

@test "a directory that is missing, or a file, is refused" {
	refused apply --file $disk/no/such/swapfile "there is no directory $disk/no; make it first"
	: >$disk/file
	refused apply --file $disk/file/swapfile "$disk/file is not a directory"
}

@test "a directory in the file's place is refused" {
	mkdir $swapfile
	refused apply 'is a directory; name a file'
}

@test "a block device is refused" {
	mknod $swapfile b 7 255
	refused apply 'is a block device; memprov manages files only'
}

@test "a FIFO, a socket and a character device are refused without being opened" {
	mkfifo $swapfile
	refused apply 'is not a regular file'
	rm $swapfile
	mknod $swapfile c 1 3
	refused apply 'is not a regular file'
	rm $swapfile
	perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0) && bind(S, sockaddr_un(shift)) or die' \
		$swapfile
	refused apply 'is not a regular file'
}

@test "a path below a mount point of fstab that is not mounted is refused" {
	mkdir $disk/data
	echo "LABEL=data $disk/data ext4 defaults 0 2" >>/etc/fstab
	refused apply --file $disk/data/swapfile \
		"$disk/data is a mount point (fstab, or a mount unit), but nothing is mounted there"
	# Mounted, it is like any other.
	make_disk data.ext4 512M ext4
	mount --move $live/data.ext4 $disk/data
	memprov 0 apply --file $disk/data/swapfile
}

@test "a file or directory that is immutable is refused" {
	chattr +i $disk
	refused apply 'it or its directory is immutable'
	chattr -i $disk
	memprov 0 apply
	swapoff $swapfile
	chattr +i $swapfile
	memprov 1 apply --size 128M
	says 'it or its directory is immutable'
	chattr -i $swapfile
	memprov 0 apply --size 128M
}

@test "an fstab or drop-in that cannot be replaced blocks the swapfile, too" {
	mount --bind /etc/fstab /etc/fstab
	refused apply '/etc/fstab: is a mount point'
	umount /etc/fstab
	mkdir $live/ext
	mount --bind $disk $live/ext
	mkdir $disk/sysctl.d
	mount --bind $disk/sysctl.d /etc/sysctl.d
	chattr +i $disk/sysctl.d
	refused apply '99-zz-memprov.conf: it or its directory is immutable'
	chattr -i $disk/sysctl.d
	mount --options remount,bind,ro /etc/sysctl.d
	refused apply '99-zz-memprov.conf: its filesystem is mounted read-only'
	umount /etc/sysctl.d
}

@test "a sysctl that another file sets later blocks everything" {
	echo 'vm.swappiness = 5' >/etc/sysctl.d/99-zzz-local.conf
	refused apply '/etc/sysctl.d/99-zzz-local.conf:1 sets it to 5 and wins at the next boot'
	rm /etc/sysctl.d/99-zzz-local.conf
	printf '# mine\nvm/swappiness=5\n' >/etc/sysctl.conf
	refused apply '/etc/sysctl.conf:2 sets it to 5 and wins at the next boot'
	profile '$ a conflicts: report'
	memprov 0 apply
}

@test "a profile without a row for this RAM is refused" {
	profile 's/ram: any/ram: 1G/'
	refused apply --ram 2G 'the profile has no row for 2 GiB of RAM'
}

@test "a full table of swap areas is refused before anything is changed" {
	for ((n = 0; n < 40; n++)); do
		file_swap 64K $disk/area$n 2>/dev/null || break
	done
	((n < 40))
	# What the kernel took, and what it had before.
	n=$(($(wc --lines </proc/swaps) - 1))
	refused apply "the kernel has $n active swap areas and may take no more; swapoff one first"
}
