#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2086,SC2154 # helpers.bash sets out, err, and paths without blanks
# Who may run it and where: without root an audit says what it cannot see; a container, a chroot
# and a tree are told from the machine itself.

load helpers
bats_require_minimum_version 1.5.0

# as_nobody STATUS ARGUMENT...: like memprov
as_nobody() {
	local want=$1 status=0
	shift
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		$live/memprov "$@" >$work/out 2>$work/err || status=$?
	out=$(<$work/out)
	err=$(<$work/err)
	((status == want)) && return
	echo "memprov $*: exit status $status, not $want"
	printf '%s\n' "$out" "$err"
	return 1
}

@test "an audit without root says what it cannot see" {
	memprov 0 apply
	before=$(all)
	as_nobody 3 audit --json
	same "$(kinds unknown)" swapfile
	same "$(kinds change)" ''
	same "$(kinds ok)" 'fstab swapon sysctl sysctl-file'
	as_nobody 3 audit
	[[ $out == *"cannot be read by this user; run as root"* ]]
	[[ $out == *"could not be seen without root"* ]]
	after=$(all)
	same "$before" "$after"
}

@test "an audit without root sees the drift that anybody can see" {
	memprov 0 apply
	echo 60 >/proc/sys/vm/swappiness
	chmod 0600 /etc/fstab
	as_nobody 3 audit --json
	same "$(kinds change)" sysctl
	same "$(kinds unknown)" 'fstab swapfile'
}

@test "apply and remove without root are refused, a dry-run is not" {
	before=$(all)
	as_nobody 1 apply
	says 'only root may change the machine'
	as_nobody 1 remove --json
	says 'only root may change the machine'
	holds '.failed and .exit == 1'
	as_nobody 3 apply --dry-run --json
	same "$(kinds change)" 'fstab swapfile swapon sysctl sysctl-file'
	after=$(all)
	same "$before" "$after"
	[[ ! -e /run/memprov.lock ]]
}

@test "in a container nothing is changed" {
	before=$(all)
	for namespace in '--pid --fork' '--user --map-root-user'; do
		status=0
		# shellcheck disable=SC2086 # two words
		unshare $namespace $live/memprov apply >$work/out 2>$work/err || status=$?
		same $status 4
		grep -q 'this is a container' $work/err
	done
	after=$(all)
	same "$before" "$after"
}

@test "in a chroot nothing is changed, and --root / is named" {
	before=$(all)
	mkdir $work/root
	for dir in /{bin,dev,etc,lib*,mnt,proc,run,sys,usr}; do
		if [[ -L $dir ]]; then
			cp --no-dereference "$dir" $work/root
		else
			mkdir "$work/root$dir"
		fi
	done
	status=0
	unshare --mount --propagation private sh -ec "
		for dir in $work/root/*; do
			test -L \$dir || mount --rbind /\${dir##*/} \$dir
		done
		exec chroot $work/root $live/memprov apply" >$work/out 2>$work/err || status=$?
	same $status 1
	grep -q 'in a chroot; use --root /' $work/err
	after=$(all)
	same "$before" "$after"
}

@test "a tree on the disk is provisioned without touching the machine" {
	mkdir --parents $disk/tree/{etc,var}
	chmod -R 0755 $disk/tree
	memprov 0 apply --root $disk/tree --ram 2G --size 64M --file /var/swap
	same "$(size_of $disk/tree/var/swap)" $((64 << 20))
	grep -qx '/var/swap none swap sw,nofail 0 0' $disk/tree/etc/fstab
	same "$(awk 'NR > 1' /proc/swaps | grep -c "$live")" 0
	[[ ! -e /etc/sysctl.d/99-zz-memprov.conf ]]
	memprov 0 audit --root $disk/tree --ram 2G --size 64M --file /var/swap
	# It is what a booting machine activates.
	swapon $disk/tree/var/swap
}

@test "with --json there is one document on stdout and nothing else, whatever happens" {
	for args in 'audit' 'apply --dry-run' 'apply' 'apply' 'audit' 'remove' 'remove' \
		'audit --profile nonesuch' 'apply --nonsense' 'apply --file relative'; do
		# shellcheck disable=SC2086 # several words
		$live/memprov $args --json >$work/out 2>$work/err || true
		same "$(jq --slurp 'length' $work/out)" 1
		jq --exit-status '.exit | type == "number"' $work/out
	done
}
