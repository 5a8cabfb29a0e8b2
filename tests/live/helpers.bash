# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034 # the tests read out, err and the paths
#
# A machine to try memprov on: a copy of /etc, an empty /run and an ext4 on a loop device, all of
# them mounts that only this namespace sees. Swap and vm.* are the real ones, and put back.

live=/mnt/memprov-live # root's alone all the way, as a swapfile's directory has to be
etc=$live/etc
disk=$live/disk # the ext4
swapfile=$disk/swapfile
work=$live/work # the tests' own papers
images=${LIVE_IMAGES-} # the disks, on a real one

vm_keys=(swappiness vfs_cache_pressure overcommit_memory overcommit_ratio overcommit_kbytes
	page-cluster max_map_count min_free_kbytes watermark_scale_factor dirty_ratio dirty_bytes
	dirty_background_ratio dirty_background_bytes)

# --- the real machine ---

vm_state() {
	(cd /proc/sys/vm && grep -s . "${vm_keys[@]}")
}

# What belongs to the whole machine, and must be as before when a test ends.
machine_state() {
	vm_state
	awk 'NR > 1 { print $1, $2, $3, $5 }' /proc/swaps
	# Of our own images; others may come and go.
	losetup --list --noheadings --output NAME,BACK-FILE | grep -F "$images/" || true
	(cd /sys/block && printf '%s\n' zram*)
	# Where tests mount anything; others may come and go.
	cut -d ' ' -f 1-4 /proc/mounts | grep -E '^[^ ]+ /(dev|etc|mnt|proc|run|sys)(/| )'
}

vm_restore() {
	local key value

	while IFS=: read -r key value; do
		[[ $(cat "/proc/sys/vm/$key") == "$value" ]] || echo "$value" >"/proc/sys/vm/$key"
	done < <(head -n ${#vm_keys[@]} <<<"$LIVE_BEFORE")
}

# Ends only what stands on our own files: other swap of the machine is none of the tests' business.
machine_end() {
	local name back areas

	# Read at one go: the list moves up with each swapoff. Blanks are octal there.
	mapfile -t areas < <(printf '%b\n' \
		"$(awk -v live="$live/" 'index($1, live) == 1 { print $1 }' /proc/swaps)")
	[[ -n ${areas[0]} ]] || areas=()
	((${#areas[@]} == 0)) || swapoff "${areas[@]}"
	# Not before: of what a mount namespace swaps to, the path changes as that goes.
	! declare -F end_hosts >/dev/null || end_hosts
	while read -r name back; do
		[[ $back == $images/* ]] || continue
		swapoff "$name" 2>/dev/null || true
		losetup --detach "$name"
	done < <(losetup --list --noheadings --output NAME,BACK-FILE)
	if [[ -s $live/zram ]]; then
		read -r name <"$live/zram"
		swapoff "/dev/zram$name" 2>/dev/null || true
		echo "$name" >/sys/class/zram-control/hot_remove
	fi
	vm_restore
	while read -r name; do
		umount --recursive "$name"
	done < <(findmnt --raw --noheadings --output TARGET --source memprov-live | tac)
	rm --force "$LIVE_IMAGES"/*
}

# --- the machine under test ---

# make_disk NAME SIZE TYPE [MKFS OPTION]...: a new filesystem, mounted at $live/NAME
make_disk() {
	local name=$1 size=$2 type=$3
	shift 3
	truncate --size "$size" "$images/$name.img"
	"mkfs.$type" -q "$@" "$images/$name.img"
	mkdir --mode 0755 "$live/$name"
	mount --options loop "$images/$name.img" "$live/$name"
}

machine_begin() {
	umask 022
	mount -t tmpfs -o mode=0755 memprov-live /mnt
	mkdir $live $etc $work
	cp --archive /etc/. $etc
	# Symlinks among them would lead out of the copy.
	rm -rf $etc/{fstab,sysctl.conf,sysctl.d,memprov}
	mkdir $etc/{sysctl.d,memprov}
	: >$etc/sysctl.conf
	printf '# the disk\nUUID=1-2 / ext4 defaults 0 1\nbroken line here\n' >$etc/fstab
	mount --bind $etc /etc
	mount -t tmpfs -o mode=0755 memprov-live /run
	make_disk disk 1536M ext4 -m 0
	# Where any user may run it.
	install -m 0755 "$MEMPROV" $live/memprov
	profile ''
}

# loop_swap SIZE: active swap on a block device, $partition
loop_swap() {
	truncate --size "$1" "$images/partition.img"
	mkswap --quiet "$images/partition.img" 2>/dev/null
	partition=$(losetup --find --show "$images/partition.img")
	swapon "$partition"
}

# file_swap SIZE FILE: an active swapfile of somebody else's
file_swap() {
	fallocate --length "$1" "$2"
	chmod 0600 "$2"
	mkswap --quiet "$2"
	swapon "$2"
}

# make_zram SIZE: swap in memory, $zram, which is not active yet
make_zram() {
	local number n

	number=$(</sys/class/zram-control/hot_add)
	echo "$number" >$live/zram
	zram=/dev/zram$number
	for ((n = 0; n < 50; n++)); do
		[[ ! -b $zram ]] || break
		sleep 0.1
	done
	echo "$1" >"/sys/block/zram$number/disksize"
	mkswap --quiet "$zram" 2>/dev/null
}

# Sizes of rows, each larger by the disk swap that the machine has anyway.
more_swap() {
	perl -pe 's/(\d+)([MG])/($1 * ($2 eq "M" ? 1024 : 1048576) + $ENV{LIVE_OTHER_KIB}) . "K"/ge
		if /ram:/ && $ENV{LIVE_OTHER_KIB}'
}

# profile SED-SCRIPT: the machine's profile is the usual one but for the script's changes
profile() {
	sed "$1" <<-END | more_swap >/etc/memprov/profile.yaml
		memprov: 1
		swap:
		  file: $swapfile
		  sizes: [{ ram: any, recommended: 256M, minimum: 128M }]
		  keep-free: 0M
		sysctl:
		  vm.swappiness: 33
		  vm.vfs_cache_pressure: 77
	END
}

setup() {
	[[ -v LIVE_BEFORE ]] || {
		echo "not in a namespace of its own; use tests/live/run"
		return 1
	}
	machine_begin
}

teardown() {
	[[ -v LIVE_BEFORE ]] || return 0
	machine_end
	diff <(echo "$LIVE_BEFORE") <(machine_state)
}

# --- what is said of it ---

# memprov STATUS ARGUMENT...: runs it; sets out and err; fails unless that is the exit status
memprov() {
	local want=$1 status=0
	shift
	$live/memprov "$@" >$work/out 2>$work/err || status=$?
	out=$(<$work/out)
	err=$(<$work/err)
	((status == want)) && return
	echo "memprov $*: exit status $status, not $want"
	printf '%s\n' "$out" "$err"
	return 1
}

# traced FILE ARGUMENT...: memprov under strace, which LeakSanitizer does not stand
traced() {
	local file=$1
	shift
	ASAN_OPTIONS=detect_leaks=0 strace --follow-forks --output "$file" \
		$live/memprov "$@" >$work/out
	out=$(<$work/out)
}

# killed SYSCALL N ARGUMENT...: killed as the N-th such call begins; the call itself is not made.
# swapoff is called in a child, whose death memprov has to report.
killed() {
	local call=$1 n=$2 status=0
	shift 2
	ASAN_OPTIONS=detect_leaks=0 strace --follow-forks --output $work/trace \
		--inject "$call:signal=SIGKILL:when=$n" \
		$live/memprov "$@" >$work/out 2>&1 || status=$?
	((status == 137)) && return
	[[ $call == swapoff ]] && ((status == 1)) && grep -q 'was killed (signal 9)' $work/out
}

# "CALL N" for each call of a trace that changes something.
points() {
	sed -nE 's/^[0-9]+ +([a-z0-9_]+)\((.*)/\1 \2/p' "$1" | awk '
		{ ++n[$1] }
		$1 ~ /^(p?write(64|v)?|f?chmod(at)?|f?chown(at)?|fallocate|f(data)?sync|syncfs)$/ ||
		$1 ~ /^(ftruncate|linkat|unlinkat|rename(at2?)?|mkdirat|swapon|swapoff|v?fork)$/ ||
		$1 ~ /^clone3?$/ || ($1 == "ioctl" && /SETFLAGS|SUBVOL/) { print $1, n[$1] }'
}

# in_order TRACE PATTERN...: there are such calls, each behind the one before, none of them failed
in_order() {
	local trace=$1 pattern line=0 next
	shift
	for pattern; do
		next=$(awk -v from="$line" -v pattern="$pattern" \
			'NR > from && $0 ~ pattern && / = [0-9]|unfinished/ { print NR; exit }' "$trace")
		[[ $next ]] || {
			echo "not there, or too early: $pattern"
			grep -E 'swapo|rename|linkat|fallocate|truncate|fsync|pwrite' "$trace"
			return 1
		}
		line=$next
	done
}

# swapped_out MIB: a process that has that much in swap; see is_whole_again
swapped_out() {
	local answer

	# Pipes are all it has open, so that it ends with the test.
	# shellcheck disable=SC2016 # Perl's
	coproc holder { exec perl -e '
		use POSIX ();
		$| = 1;
		my $madvise = (POSIX::uname())[4] eq "aarch64" ? 233 : 28; # MADV_PAGEOUT: 21
		my $pages = $ARGV[0] << 8;
		my $data = join "", map { pack "Q512", ($_ * 2654435761) x 512 } 1 .. $pages;
		my $from = (unpack("Q", pack("p", $data)) + 4095) & ~4095;
		syscall($madvise, $from, ($pages - 1) << 12, 21) == 0 or die "madvise: $!";
		print "out\n";
		<STDIN> // exit;
		for (1 .. $pages) {
			my $page = pack "Q512", ($_ * 2654435761) x 512;
			die if substr($data, ($_ - 1) << 12, 4096) ne $page;
		}
		print "whole\n";' "$1" 3>&-; } 2>/dev/null
	# Of its own, for those of a coprocess go with it.
	exec {from_holder}<&"${holder[0]}" {to_holder}>&"${holder[1]}"
	# shellcheck disable=SC2154 # coproc sets it
	holder_pid=$holder_PID
	read -r -t 30 answer <&"$from_holder"
	same "$answer" out
}

# What was swapped out comes back as it was.
is_whole_again() {
	local answer

	echo >&"$to_holder"
	read -r -t 30 answer <&"$from_holder"
	same "$answer" whole
	exec {from_holder}<&- {to_holder}>&-
	wait "$holder_pid"
}

used_kib() {
	awk -v file="$1" '$1 == file { print $4 }' /proc/swaps
}

# says WORDS: in the error of the last memprov
says() {
	[[ $err == *"$1"* ]] && return
	printf 'not said: %s\n%s\n' "$1" "$err"
	return 1
}

# holds JQ-EXPRESSION: of the last memprov's JSON
holds() {
	jq --exit-status "$1" <<<"$out" >/dev/null && return
	printf 'does not hold: %s\n%s\n' "$1" "$out"
	return 1
}

# The kinds of the steps that the last memprov's JSON has in a state, in order, without repetition.
kinds() {
	jq --raw-output --arg state "$1" \
		'[.steps[] | select(.state == $state).kind] | unique | join(" ")' <<<"$out"
}

same() {
	[[ $1 == "$2" ]] || diff <(echo "$1") <(echo "$2")
}

# Every name, mode, owner, time and byte of /etc and the disks, the live values and swap.
all() {
	local ours=(-path "$work")

	find $live -mindepth 1 \( "${ours[@]}" \) -prune -o \
		-printf '%p %y %m %U %G %n %i %s %b %T@ %C@ %l\n' | sort
	# Of swapfiles the beginning; a write further on shows in their times.
	find $live \( "${ours[@]}" \) -prune -o -type f -size -2048 -exec sha256sum {} + | sort
	find $disk -type f -size +2047 -exec head --bytes 64K {} + | sha256sum
	find /run -name memprov.lock -prune -o -print
	awk '{ print $1, $2, $3, $5 }' /proc/swaps
	vm_state
}

is_active() {
	grep -q "^$1 " /proc/swaps
}

size_of() {
	stat --format %s "$1"
}

# refused COMMAND... WORDS: dry-run and the command itself exit 1, say so, and nothing changes
refused() {
	local words=${*: -1} before after
	before=$(all)
	memprov 1 "${@:1:$#-1}" --dry-run
	says "$words"
	memprov 1 "${@:1:$#-1}"
	says "$words"
	after=$(all)
	same "$before" "$after"
	# Nor by the name of another command: the audit sees the same.
	memprov 3 audit "${@:2:$#-2}"
}
