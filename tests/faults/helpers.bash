# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154 # live/helpers.bash and the runner read them
#
# A small machine for thousands of faults: /etc lies on the disk with the swapfile, systemd is
# running by all that shows, and its systemctl answers at once.

faults_tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/live/helpers.bash
. "$faults_tests/../live/helpers.bash"

export FAULTS_VM_KEYS=${vm_keys[*]}

# faults_begin TYPE OPTIONS: of the disk, and how it is mounted
faults_begin() {
	local name loop

	umask 022
	mount -t tmpfs -o mode=0755 memprov-live /mnt
	mkdir $live $work
	# Of smaller blocks than pages the kernel would not use all of a swapfile, and of smaller inodes
	# times are whole seconds.
	case $1 in
	ext*) make_disk disk 384M "$1" -b 4096 -I 256 -m 0 ;;
	btrfs) make_disk disk 384M btrfs 2>/dev/null ;;
	*) make_disk disk 384M "$1" ;;
	esac
	if [[ $2 ]]; then
		umount $disk
		mount --options "loop,$2" "$images/disk.img" $disk
	fi
	chmod 0755 $disk
	# A disk that loses nothing it was given: what counts is what it was given.
	loop=$(findmnt --noheadings --output SOURCE $disk)
	echo 'write through' >"/sys/block/${loop#/dev/}/queue/write_cache"
	etc=$disk/etc
	mkdir -p $etc/{sysctl.d,memprov}
	for name in alternatives/awk localtime ld.so.cache ld.so.conf ld.so.conf.d passwd group \
		nsswitch.conf hostname hosts os-release; do
		[[ ! -e /etc/$name ]] || (cd /etc && cp --archive --parents "$name" $etc/)
	done
	: >$etc/sysctl.conf
	printf '# the disk\nUUID=1-2 / ext4 defaults 0 1\nbroken line here\n\nhost:/x\t/x  nfs ro 0 0 # hers\n' \
		>$etc/fstab
	printf '# hers\nvm.swappiness = 5\n' >$etc/sysctl.d/10-hers.conf
	echo 'hers' >$disk/swapfile.bak
	echo 'hers' >$disk/.swapfile.memprov.old
	mount --bind $etc /etc
	mount -t tmpfs -o mode=0755 memprov-live /run
	mkdir --parents /run/systemd/system
	printf '#!/bin/sh\n[ "$*" = daemon-reload ] && : >/run/systemd/systemd-units-load\n' \
		>$live/systemctl
	chmod 0755 $live/systemctl
	mount --bind $live/systemctl /usr/bin/systemctl
	install -m 0755 "$MEMPROV" $live/memprov
	# shellcheck disable=SC2016 # sed's
	profile 's/256M/12M/; s/128M/8M/; s/^  keep-free.*/&\n  larger: shrink/; $aconflicts: disable'
}

# Where machine_end has nothing mounted on the disk but the disk itself.
end_hosts() {
	local loop

	# The attribute stays with the device, whoever has it next.
	loop=$(findmnt --noheadings --output SOURCE $disk || true)
	[[ ! $loop ]] || echo 'write back' >"/sys/block/${loop#/dev/}/queue/write_cache"
	! mountpoint --quiet /usr/bin/systemctl || umount /usr/bin/systemctl
	[[ ! /etc -ef $disk/etc ]] || umount /etc
}
