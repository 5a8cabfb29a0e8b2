#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2086,SC2154 # helpers.bash sets out, and paths without blanks
# Playbooks and role, on hosts of three sizes of RAM and three filesystems.

load helpers
bats_require_minimum_version 1.5.0

setup_file() {
	install_collection
}

# The lines of the last play's diffs, in an order that does not depend on who was first.
diff_lines() {
	grep -E '^[-+]' <<<"$out" | grep -vE '^(---|\+\+\+) ' | sort
}

@test "a check tells what a run does, and a second run does nothing" {
	local state diff host
	# Where a file's directory is missing, Ansible's copy has no diff for it.
	for host in alpha beta gamma; do
		on $host mkdir /etc/memprov
	done
	state=$(fleet_state alpha beta gamma)
	play 0 provision --check --diff
	for host in alpha beta gamma; do
		recap $host changed=2 failed=0
	done
	diff=$(diff_lines)
	[[ $diff == *"+$live/beta/swapfile none swap sw,nofail 0 0"* ]]
	[[ $diff == *'+vm.swappiness = 33'* ]]
	same "$state" "$(fleet_state alpha beta gamma)"

	play 0 provision --diff
	for host in alpha beta gamma; do
		recap $host changed=2 failed=0
	done
	same "$diff" "$(diff_lines)"
	same "$(swap_of alpha) $(swap_of beta) $(swap_of gamma)" '128 192 256'
	same "$(stat --format %T --file-system $live/{alpha,beta,gamma} | xargs)" 'ext2/ext3 xfs btrfs'
	same "$(</proc/sys/vm/swappiness) $(</proc/sys/vm/vfs_cache_pressure)" '33 77'
	on gamma grep -qx "$live/gamma/swapfile none swap sw,nofail,pri=5 0 0" /etc/fstab
	same "$(on gamma tail -n +2 /etc/memprov/profile.yaml)" "$(<$work/database.yaml)"

	state=$(fleet_state alpha beta gamma)
	play 0 provision --diff
	for host in alpha beta gamma; do
		recap $host changed=0 failed=0
	done
	play 0 provision --check --diff
	for host in alpha beta gamma; do
		recap $host changed=0 failed=0
	done
	same "$state" "$(fleet_state alpha beta gamma)"
}

@test "the audit of a fleet is one table: conforming, drifted, skipped, broken and unreachable" {
	local state row
	play 0 provision
	start_host box 1000000 --pid --fork --kill-child --mount-proc
	start_host away 1000000
	kill -KILL ${host_pid[away]}
	on beta swapoff $live/beta/swapfile
	on beta sed -i /swapfile/d /etc/fstab
	on gamma mv /usr/local/sbin/memprov /usr/other
	state=$(fleet_state alpha beta gamma)
	play 0 audit --extra-vars memprov_audit_json=$work/audit.json
	same "$state" "$(fleet_state alpha beta gamma)"
	for row in 'HOST   RAM    SWAP     RECOMMENDED         VERDICT      DRIFT' \
		'alpha  1 GiB  128 MiB  128 MiB             conforms' \
		'beta   2 GiB  0 B      102.4 MiB..192 MiB  drift        swapon: is not active; fstab: has no line for it' \
		'gamma  -      -        -                   failed       memprov is not installed on this host; ' \
		'box    -      -        -                   skipped      this is a container: ' \
		'away   -      -        -                   unreachable  '; do
		tells $'\n'"$row"
	done
	for row in alpha beta gamma; do
		recap $row changed=0 failed=0
	done

	out=$(<$work/audit.json)
	holds 'map({(.host): .verdict}) | add == {alpha: "conforms", beta: "drift", gamma: "failed",
		box: "skipped", away: "unreachable"}'
	holds 'map(select(.host == "alpha"))[0] | .ram_bytes == 1073741824 and .swap_bytes == 134217728
		and .recommended_bytes == [134217728, 134217728] and .drift == []'
	holds 'map(select(.host == "beta"))[0] | .swap_bytes == 0
		and (.drift | map(.kind + " " + .state)) == ["swapon change", "fstab change"]'
	holds 'map(select(.host == "away"))[0] | .ram_bytes == null and (.msg | test("ssh"))'

	# Only where it is wished that is a failure, and provisioning mends what there is to mend.
	play 2 audit --limit alpha,beta --extra-vars memprov_audit_strict=true
	tells '2 hosts: 1 conforms, 1 drift'
	on gamma mv /usr/other /usr/local/sbin/memprov
	play 0 provision --limit 'all:!away'
	recap alpha changed=0
	recap beta changed=1
	recap gamma changed=0
	recap box changed=0 failed=0
	play 0 audit --limit web,db --extra-vars memprov_audit_strict=true
	tells '3 hosts: 3 conforms'
}

@test "absent takes it back, and a second run finds nothing to take" {
	local before
	before=$(on gamma cat /etc/fstab)
	play 0 provision --limit db
	play 0 provision --limit db --check --extra-vars memprov_state=absent
	recap gamma changed=1
	same "$(swap_of gamma)" 256
	play 0 provision --limit db --extra-vars memprov_state=absent
	recap gamma changed=1
	same "$(swap_of gamma) $(on gamma cat /etc/fstab)" "0 $before"
	[[ ! -e $live/gamma/swapfile ]]
	play 0 provision --limit db --extra-vars memprov_state=absent
	recap gamma changed=0
}

@test "a profile that is wrong fails in a check and in a run, by file and line, and is not placed" {
	local state
	play 0 provision --limit alpha
	state=$(fleet_state alpha)
	play 2 provision --limit alpha --check --extra-vars swappiness=333
	tells 'profile:10:18: vm.swappiness must be 0 to 200, not 333'
	recap alpha failed=1
	play 2 provision --limit alpha --extra-vars swappiness=333
	tells ':10:18: vm.swappiness must be 0 to 200, not 333'
	recap alpha failed=1 changed=0
	play 2 provision --limit alpha --extra-vars memprov_profile=nowhere
	tells 'nowhere'
	play 2 provision --limit alpha --extra-vars memprov_state=gone
	tells 'value of memprov_state must be one of: present, absent, audited'
	same "$state" "$(fleet_state alpha)"
}
