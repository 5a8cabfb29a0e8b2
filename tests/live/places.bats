#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2086,SC2154 # helpers.bash sets out, err, and paths without blanks
# Where swap is not this system's to manage: told by namespaces and the root directory, and by
# nothing that lies about. Changing files only is possible everywhere.

load helpers
bats_require_minimum_version 1.5.0

# On the ext4, but not below $live, where all() would look at everything in it. Not a mount itself:
# where not even root may look at init's root directory, that is how a chroot is told.
jail=/mnt/jail/root

# in_place STATUS COMMAND...: sets out and err; fails unless that is the exit status
in_place() {
	local want=$1 status=0
	shift
	"$@" >$work/out 2>$work/err || status=$?
	out=$(<$work/out)
	err=$(<$work/err)
	((status == want)) && return
	echo "$*: exit status $status, not $want"
	printf '%s\n' "$out" "$err"
	return 1
}

# does_not_apply COMMAND...: each of memprov's commands exits 4 there and changes nothing
does_not_apply() {
	local before after command
	before=$(all)
	for command in audit apply 'apply --dry-run' remove; do
		# shellcheck disable=SC2086 # a command and its option
		in_place 4 "$@" $live/memprov $command
		says 'this is a container: swap and vm.* sysctls belong to its host'
		in_place 4 "$@" $live/memprov $command --json
		holds '.exit == 4 and (.changed or .failed or .conforms | not) and .steps == []'
	done
	after=$(all)
	same "$before" "$after"
}

# What it takes to run there.
furnish() {
	mount --bind /usr $1/usr
	mount --bind /proc $1/proc
	: >$1/dev/null
	mount --bind /dev/null $1/dev/null
}

make_jail() {
	mkdir ${jail%/*} $disk/jail
	mount --bind $disk/jail ${jail%/*}
	mkdir $jail $jail/{usr,proc,etc,run,dev,tmp,swap}
	for name in lib lib64 bin sbin; do
		[[ ! -L /$name ]] || cp --no-dereference /$name $jail/$name
	done
	cp $live/memprov $jail/memprov
	cp --recursive /etc/{fstab,memprov} $jail/etc
	# Taken before the look at the machine that refuses.
	install -m 0600 /dev/null $jail/run/memprov.lock
	furnish $jail
}

@test "in a PID namespace it does not apply" {
	does_not_apply unshare --pid --fork --mount-proc
}

@test "in a user namespace it does not apply, though its root is root" {
	does_not_apply unshare --user --map-root-user
}

# No more than a look: what another mount namespace activates cannot be found by its path here.
@test "a mount, network or UTS namespace is no container" {
	in_place 3 unshare --mount --net --uts $live/memprov apply --dry-run --json
	same "$(kinds blocked)$(kinds unknown)" ''
}

@test "in a container --root / changes files, and nothing of the kernel" {
	local before
	before=$(vm_state)
	in_place 0 unshare --pid --fork --mount-proc \
		$live/memprov apply --root / --ram 2G --size 256M --json
	holds '.changed and .conforms'
	same "$(kinds 'done')" 'fstab swapfile sysctl-file'
	same "$(size_of $swapfile)" $((256 << 20))
	grep -q "^$swapfile none swap" /etc/fstab
	run ! is_active $swapfile
	same "$before" "$(vm_state)"
}

@test "a chroot is refused and told of --root /, which changes files" {
	local before after
	make_jail
	: >$jail/.dockerenv
	before=$(all)
	for command in audit apply 'apply --dry-run' remove; do
		# shellcheck disable=SC2086 # a command and its option
		in_place 1 chroot $jail /memprov $command
		# Not taken for a container by a file that lies about.
		says 'in a chroot; use --root /'
	done
	after=$(all)
	same "$before" "$after"
	# The filesystem is told by the mounts it can see: its root has to be one.
	mkdir /mnt/mounted
	mount --bind $disk/jail/root /mnt/mounted
	furnish /mnt/mounted
	in_place 0 chroot /mnt/mounted /memprov apply --root / --ram 2G --size 256M --file /swap/file --json
	holds '.changed and .conforms'
	same "$(size_of $jail/swap/file)" $((256 << 20))
	grep -q '^/swap/file none swap' $jail/etc/fstab
	run ! is_active $jail/swap/file
}

@test "a .dockerenv and a .containerenv alone mean nothing" {
	mkdir /run/systemd
	echo docker >/run/systemd/container
	: >/run/.containerenv
	memprov 0 apply --size 256M
	memprov 0 audit --size 256M
	is_active $swapfile
	make_jail
	: >$jail/.dockerenv
	in_place 3 $live/memprov audit --root $jail --ram 2G --size 64M --file /swap/file
}
