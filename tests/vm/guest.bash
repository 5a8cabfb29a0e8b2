# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034 # the tests read out, err and the rest
#
# What tests in a guest share. The guest is theirs: they put nothing back.

set -eEuo pipefail
trap 'echo "failed: $BASH_COMMAND, in ${FUNCNAME[*]} at ${BASH_LINENO[*]}"' ERR

# A test may have set others.
swapfile=${swapfile:-/swapfile}
program=${program:-/vm/memprov}
# On the disk: strict accounting counts what is written to a tmpfs.
work=/var/tmp/work
cgroup=/sys/fs/cgroup/holder
mkdir --parents $work /etc/memprov

# profile SIZE [LINE]...: the machine's profile, with further lines of swap or of what follows it
profile() {
	{
		printf '%s\n' 'memprov: 1' 'swap:' "  file: $swapfile" '  keep-free: 0M' \
			"  sizes: [{ ram: any, recommended: $1, minimum: 64M }]"
		shift
		(($# == 0)) || printf '%s\n' "$@"
	} >/etc/memprov/profile.yaml
}

# show COMMAND...: what a user would see of it, which is for the reader to judge
show() {
	echo "\$ $*"
	"$@" || echo "[exit status $?]"
}

fail() {
	echo "$*"
	return 1
}

# memprov STATUS ARGUMENT...: runs it; sets out and err; fails unless that is the exit status
memprov() {
	local want=$1 status=0
	shift
	"${wrapper[@]}" "$program" "$@" >$work/out 2>$work/err || status=$?
	out=$(<$work/out)
	err=$(<$work/err)
	((status == want)) && return
	printf '%s\n' "memprov $*: exit status $status, not $want" "$out" "$err"
	return 1
}
wrapper=()

# says REGEX: in the error of the last memprov
says() {
	[[ $err =~ $1 ]] || fail "not said: $1"$'\n'"$err"
}

same() {
	[[ $1 == "$2" ]] || {
		diff <(echo "$1") <(echo "$2")
		return 1
	}
}

# Everything memprov may change.
all() {
	stat --format '%n %i %a %u %g %s %b %Y %Z' "${swapfile%/*}/" /etc /etc/fstab /etc/sysctl.d
	find "${swapfile%/*}/" -maxdepth 1 -name "${swapfile##*/}" -exec stat --format '%n %i %a %s %b' {} +
	[[ ! -e $swapfile ]] || head --bytes 64K "$swapfile" | sha256sum
	grep -r . /etc/fstab /etc/sysctl.d
	grep -s . /proc/sys/vm/{swappiness,overcommit_*}
	awk '{ print $1, $2, $3, $5 }' /proc/swaps
}

# unchanged COMMAND...: it may read, no more
unchanged() {
	local before after

	before=$(all)
	"$@"
	after=$(all)
	same "$before" "$after"
}

# The KiB that are active on the swapfile, of that swapped out; nothing where it is not active.
active_kib() {
	awk -v file="$swapfile" '$1 == file { print $3 }' /proc/swaps
}

used_kib() {
	awk -v file="$swapfile" '$1 == file { print $4 }' /proc/swaps
}

# is_active MIB: swapfile and area are of that size, but for the header's page
is_active() {
	same "$(stat --format %s "$swapfile")" $(($1 << 20))
	same "$(active_kib)" $((($1 << 10) - 4))
}

uuid() {
	blkid --probe --output value --match-tag UUID "$swapfile"
}

# --- a boot after the other, of a guest with systemd ---

# stage: what boot_again was told; nothing in the first boot
stage() {
	cat /var/lib/memprov-vm 2>/dev/null || true
}

boot_again() {
	echo "$1" >/var/lib/memprov-vm
	echo "boots again: $1"
	# As `systemctl reboot`, which would ask logind.
	systemctl start --no-block --job-mode=replace-irreversibly reboot.target
	sleep infinity
}

# nothing_failed: of what the boot started
nothing_failed() {
	same "$(systemctl --failed --no-legend --plain)" ''
}

# provisioned: by cloud-init, without a complaint
provisioned() {
	cloud-init status --wait >$work/status || fail "$(cloud-init status --long)" \
		"$(tail --lines 40 /var/log/cloud-init-output.log)"
	grep -qE '^\.*status: done' $work/status || fail "$(<$work/status)"
}

# --- a process with memory ---

# start NAME: with arrays of descriptors of that name
start() {
	eval "coproc $1 { exec /vm/memory; }" 2>/dev/null
}

# finish NAME: it is gone, and its memory with it
finish() {
	local -n fds=$1 pid=$1_PID
	local number=$pid

	# Not of those yet that were started later, and hold it open.
	ask "$1" quit
	wait "$number"
}

# ask NAME LINE: sets answer. No process is made for it: there may be none left to be had.
ask() {
	local -n fds=$1

	echo "$2" >&"${fds[1]}"
	read -ru "${fds[0]}" answer
}

# meminfo KEY: KiB
meminfo() {
	awk -v key="$1:" '$1 == key { print $2 }' /proc/meminfo
}

# swap_out: what the holder has. Of what a process gives away by itself the kernel keeps a copy as
# long as memory lasts, so it is made short for that process alone.
swap_out() {
	echo 0 >$cgroup/memory.high
	echo max >$cgroup/memory.high
}

# reserve MIB: a process, holder, that has committed them, in parts each smaller than memory is; and
# another, for it could not fork with so much
reserve() {
	local left

	start holder
	for ((left = $1; left > 0; left -= 100)); do
		ask holder 'reserve 100'
		same ok "$answer"
	done
	start other
}

# hold MIB: a process, holder, that has them swapped out
hold() {
	mount --types cgroup2 cgroup2 ${cgroup%/*}
	echo +memory >${cgroup%/*}/cgroup.subtree_control
	mkdir $cgroup
	start holder
	# shellcheck disable=SC2154 # coproc sets it
	echo "$holder_PID" >$cgroup/cgroup.procs
	ask holder "swap $1"
	swap_out
	(($(used_kib) - $(meminfo SwapCached) > $1 * 1024 * 9 / 10)) ||
		fail "only $(used_kib) KiB are out, $(meminfo SwapCached) of them in memory as well"
}

# What it holds is what it wrote, also where it comes back from the swapfile only now.
verify() {
	ask holder verify
	same same "$answer"
}

# fill_up: all of the swapfile is swapped to, and what comes back is what went there. Where the
# kernel has no place for a page after all, it tells its log only.
fill_up() {
	local area=$(($(active_kib)))

	start filler
	ask filler "swap $(((area >> 10) + 8))"
	# The kernel hands pages out by the hundred, and those are not counted yet.
	(($(used_kib) > area - 1024)) || fail "only $(used_kib) of $area KiB could be swapped to"
	ask filler verify
	same same "$answer"
	finish filler
	! dmesg | grep -iE 'write-error|I/O error' || fail "could not be swapped to"
}

# disk MKFS OPTION...: the guest's own disk, mounted at /mnt, and in fstab. With mounted=OPTIONS.
disk() {
	mountpoint --quiet /mnt && umount /mnt
	wipefs --all --quiet /dev/vdc
	"mkfs.$1" "${@:2}" /dev/vdc >/dev/null
	mount --types "$1" --options "${mounted:-defaults}" /dev/vdc /mnt
	echo "/dev/vdc /mnt $1 ${mounted:-defaults} 0 0" >/etc/fstab
}

# refused WORDS: apply does nothing, because of that
refused() {
	unchanged memprov 1 apply
	says "$1"
	[[ ! -e $swapfile ]]
}
