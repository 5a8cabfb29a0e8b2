#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # helpers.bash sets out, err, and paths without blanks; Perl's variables
# A local user who is not root: whatever he has under his own name, or gives memprov to start with,
# nothing is opened, written or disclosed that should not be.

load helpers
bats_require_minimum_version 1.5.0

tries=${HOSTILE_TRIES:-100000}
his=$disk/his

# nobody COMMAND...: as that user
nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

# What he would like to be written, read or swapped to: root's, and a directory that is trusted.
victims() {
	install --directory --mode 0755 $disk/trusted
	install --directory --owner 65534 --group 65534 --mode 0755 $his
	echo 'root:secret' >$disk/trusted/victim
	chmod 0600 $disk/trusted/victim
}

# exchanges A B: he swaps the two names, as often as was asked for, in the background
exchanges() {
	nobody perl -e '
		use POSIX ();
		my $renameat2 = (POSIX::uname())[4] eq "aarch64" ? 276 : 316;
		my ($a, $b, $tries) = @ARGV;
		for (1 .. $tries) {
			# RENAME_EXCHANGE: 2
			syscall($renameat2, -100, $a, -100, $b, 2) == 0 or die "renameat2: $!";
		}' "$1" "$2" "$tries" 2>$work/exchanges.err &
	attacker=$!
}

# besieged COMMAND...: again and again while he exchanges, and at least once; whatever it finds, it
# ends as it is documented to
besieged() {
	local runs=0 status

	while kill -0 $attacker 2>/dev/null || ((runs == 0)); do
		status=0
		"$@" >>$work/out 2>>$work/err || status=$?
		((status <= 3))
		((++runs))
	done
	wait $attacker
	same "$(<$work/exchanges.err)" ''
	echo "$tries exchanges, $runs runs"
}

# untouched: of what is not his
untouched() {
	same "$(cat $disk/trusted/victim)" root:secret
	same "$(stat --format '%a %u %g %h' $disk/trusted/victim)" '600 0 0 1'
	same "$(ls -A $disk/trusted)" victim
	same "$(awk -v live="$live/" 'index($1, live) == 1' /proc/swaps)" ''
	run ! grep -r secret $work/out $work/err
}

@test "a directory of his that becomes a symlink to root's: no swapfile is made there" {
	victims
	nobody mkdir $his/there
	nobody ln -s $disk/trusted $his/elsewhere
	exchanges $his/there $his/elsewhere
	besieged $live/memprov apply --file $his/there/swapfile
	untouched
	same "$(find $his -name '*swapfile*')" ''
	run ! grep $his /etc/fstab
}

@test "a file of his that becomes a symlink to root's: neither is formatted" {
	victims
	nobody sh -c "umask 077; echo mine >$his/swapfile"
	nobody ln -s $disk/trusted/victim $his/other
	exchanges $his/swapfile $his/other
	besieged $live/memprov apply --file $his/swapfile
	untouched
	same "$(find $his -type f -exec cat {} +)" mine
}

@test "a file of his that becomes root's, hard-linked: neither is formatted" {
	victims
	nobody sh -c "umask 077; echo mine >$his/swapfile"
	# fs.protected_hardlinks keeps him from it; without that, he could.
	ln $disk/trusted/victim $his/other
	exchanges $his/swapfile $his/other
	besieged $live/memprov apply --file $his/swapfile
	find $his -type f -links 2 -delete
	untouched
	same "$(find $his -type f -exec cat {} +)" mine
}

@test "a tree of his that becomes a symlink to root's: --root changes neither" {
	victims
	nobody mkdir --parents $his/tree/etc
	install --directory --mode 0755 $disk/machine{,/etc}
	nobody ln -s $disk/machine $his/other
	exchanges $his/tree $his/other
	besieged $live/memprov apply --root $his/tree --ram 1G --file /swapfile
	untouched
	same "$(find $his $disk/machine -type f)" ''
}

@test "a directory of his that becomes a symlink to /etc: metrics are not written there" {
	victims
	memprov 0 apply
	nobody mkdir $his/metrics
	nobody ln -s /etc $his/other
	exchanges $his/metrics $his/other
	besieged $live/memprov audit --prometheus --output $his/metrics/memprov.prom
	[[ ! -e /etc/memprov.prom ]]
	memprov 0 remove
	untouched
}

@test "a profile of his that becomes a symlink to root's file: what that says is not told" {
	victims
	nobody cp /etc/memprov/profile.yaml $his/profile.yaml
	nobody ln -s $disk/trusted/victim $his/other
	exchanges $his/profile.yaml $his/other
	besieged $live/memprov audit --profile $his/profile.yaml
	untouched
}

# started STATUS COMMAND...: that starts memprov in a way of his
started() {
	local want=$1 status=0
	shift
	"$@" >$work/out 2>$work/err || status=$?
	out=$(<$work/out)
	err=$(<$work/err)
	same "$want" "$status" || {
		printf '%s\n' "$out" "$err"
		return 1
	}
}

@test "his environment changes nothing" {
	mkdir $work/his
	printf '# fstab of his\n' >$work/his/fstab
	before=$(all)
	started 0 env LIBMOUNT_FSTAB=$work/his/fstab LIBMOUNT_MTAB=$work/his/fstab \
		LIBMOUNT_DEBUG=all LIBBLKID_DEBUG=all BLKID_FILE=$work/his/cache \
		BLKID_CONF=$work/his/fstab LIBSMARTCOLS_DEBUG=all LIBSMARTCOLS_JSON=compact \
		TMPDIR=$work/his LC_ALL=xx_XX LANGUAGE=../../his MALLOC_TRACE=$work/his/malloc \
		POSIXLY_CORRECT=1 COLUMNS=-1 TERM=../../his SYSTEMD_LOG_TARGET=$work/his/log \
		PATH=$work/his IFS=/ $live/memprov apply
	same "$(<$work/his/fstab)" '# fstab of his'
	same "$(ls $work/his)" fstab
	memprov 0 audit
	memprov 0 remove
	same "$(all | awk '/^\// { print $1, $2, $3 }')" "$(awk '/^\// { print $1, $2, $3 }' <<<"$before")"
}

@test "umask 0777, no descriptors, a directory of his and no name: as ever" {
	mkdir $work/his
	for start in 'umask 0777;' 'exec <&- >&- 2>&-;' "cd $work/his; rmdir $work/his;" \
		'trap "" CHLD HUP INT TERM PIPE XFSZ;'; do
		started 0 bash -c "$start exec $live/memprov apply"
		same "$(stat --format '%a %u %g' $swapfile /etc/fstab)" $'600 0 0\n644 0 0'
		memprov 0 audit
		memprov 0 remove
	done
	started 2 perl -e 'exec { $ARGV[0] } "" or die' $live/memprov
	started 0 perl -e 'exec { $ARGV[0] } "", "apply" or die' $live/memprov
	memprov 0 audit
}

# limited LIMIT...: with that limit it works, or memprov or the dynamic linker says in a line that it
# does not, and all or nothing has changed; the next run is as ever. Sets status.
limited() {
	status=0
	# To a pipe, which has no size.
	err=$(prlimit "$@" $live/memprov apply 2>&1 >/dev/null) || status=$?
	echo "$*: $status $err"
	if ((status == 0)); then
		memprov 0 audit
	else
		same "$(wc -l <<<"$err")" 1
		[[ $status-$err == [12]-'memprov: '* || $status-$err == 127-*'loading shared libraries'* ]]
		if [[ $err == *'all steps were run'* ]]; then
			memprov 0 audit
		else
			cmp /etc/fstab $work/fstab.before
			[[ ! -e $swapfile ]]
		fi
		memprov 0 apply
	fi
	memprov 0 remove
	same "$(find $disk $etc -name '.*memprov*')" ''
}

@test "his limits stop it with a sentence, or do not" {
	local limit worked=() refused=()

	cp /etc/fstab $work/fstab.before
	for limit in fsize={0,1000000} nofile={3..16} as={40..60}00000 stack={1..9}00000 nproc=1 core=0; do
		limited --$limit
		((status != 0)) || worked+=("${limit%=*}")
		((status > 2 || status == 0)) || refused+=("${limit%=*}")
	done
	same "$(printf '%s\n' "${refused[@]}" | sort -u | xargs)" 'as fsize nofile stack'
	same "$(printf '%s\n' "${worked[@]}" | sort -u | xargs)" 'as core nofile nproc stack'
}

@test "a full /run: a lock needs no room, and without one nothing is changed" {
	mount -o remount,size=4k /run
	run ! dd if=/dev/zero of=/run/full bs=8K count=1
	memprov 0 apply
	memprov 0 remove
	rm /run/memprov.lock
	mount -o remount,nr_inodes=$(($(df --output=iused /run | tail -n 1))) /run
	run ! touch /run/more
	before=$(all)
	memprov 1 apply
	says 'the lock /run/memprov.lock'
	same "$(wc -l <<<"$err")" 1
	after=$(all)
	same "$before" "$after"
}

@test "a reader that goes away ends nothing in the middle" {
	for where in 1 2; do
		status=0
		bash -c "$live/memprov apply --verbose --json $where> >(exec <&-; sleep 0.1)" \
			>$work/out 2>$work/err || status=$?
		((status == 0 || status == 1))
		memprov 0 audit
		memprov 0 remove
	done
}
