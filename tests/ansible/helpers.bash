# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154 # the tests read out and the rest, live has its own
#
# A fleet to run Ansible on, over ssh: hosts that are mount namespaces of this machine, each with a
# disk, RAM and swap of its own. vm.* is the machine's, the same for all of them, and put back.

# Ansible wants UTF-8, whatever whoever runs the tests has.
export LC_ALL=C.UTF-8

ansible_tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/live/helpers.bash
. "$ansible_tests/../live/helpers.bash"

collection=$(realpath "$ansible_tests/../../scripts/ansible")
checkout=$(realpath "$ansible_tests/../..")
collections=${BATS_FILE_TMPDIR-}/collections
inventory=$work/inventory
declare -gA host_pid=() # -g: load is a function

# Builds the collection and installs it, as its users do.
install_collection() {
	settings
	ansible-galaxy collection build --output-path "$BATS_FILE_TMPDIR" "$collection"
	ansible-galaxy collection install --collections-path "$collections" \
		"$BATS_FILE_TMPDIR"/memprov-memprov-*.tar.gz
}

# Nothing of this machine's Ansible plays a part.
settings() {
	printf '%s\n' '[defaults]' "collections_path = $collections" 'host_key_checking = false' \
		'interpreter_python = /usr/bin/python3' 'retry_files_enabled = false' \
		'localhost_warning = false' 'force_color = false' '[ssh_connection]' \
		'pipelining = true' 'transfer_method = piped' "control_path_dir = $BATS_FILE_TMPDIR/cp" \
		'ssh_args = -F none -o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=/dev/null' \
		>"$BATS_FILE_TMPDIR/ansible.cfg"
	export ANSIBLE_CONFIG=$BATS_FILE_TMPDIR/ansible.cfg ANSIBLE_HOME=$BATS_FILE_TMPDIR/ansible
	export ANSIBLE_NOCOLOR=1 ANSIBLE_LOCAL_TEMP=$BATS_FILE_TMPDIR/tmp
	export PATH=$PATH:/usr/sbin:/sbin
}

# free_port: one of the loopback's that nobody listens on
free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start_host NAME RAM-KIB [UNSHARE OPTION]...: with memprov, and its disk at $live/NAME
start_host() {
	local name=$1 ram=$2 own=$live/$1.host port n
	shift 2
	port=$(free_port)
	mkdir "$own"
	dropbearkey -t ed25519 -f "$own/key" >/dev/null 2>&1
	cp $work/key.pub "$own/authorized_keys"
	unshare --mount --propagation private "$@" setsid "$ansible_tests/host" "$own" "$ram" "$port" \
		>"$own/log" 2>&1 3>&- &
	host_pid[$name]=$!
	echo "$name ansible_host=127.0.0.1 ansible_port=$port ansible_user=root ansible_ssh_private_key_file=$work/key" \
		>>$inventory/hosts
	for ((n = 0; n < 600; n++)); do
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
		kill -0 "${host_pid[$name]}"
		sleep 0.05
	done
	return 1
}

# fleet_begin: three hosts with memprov
fleet_begin() {
	umask 022
	mount -t tmpfs -o mode=0755 memprov-live /mnt
	mkdir $live $work $inventory
	ssh-keygen -q -t ed25519 -N '' -f $work/key
	# Of three sizes of RAM and three filesystems.
	make_disk alpha 600M ext4 -m 0
	make_disk beta 600M xfs
	make_disk gamma 600M btrfs
	start_host alpha 1000000
	start_host beta 2000000
	start_host gamma 4000000
	make_variables
}

# The variables of the fleet: a profile for each group, as a mapping and as a file.
make_variables() {
	mkdir $inventory/group_vars
	printf '%s\n' '[web]' alpha beta '[db]' gamma >$inventory/groups
	cat >$inventory/group_vars/all.yml <<-END
		memprov_install: none
		memprov_file: $live/{{ inventory_hostname }}/swapfile
	END
	cat >$inventory/group_vars/web.yml <<-END
		swappiness: 33
		memprov_profile:
		  memprov: 1
		  description: "The fleet's: web"
		  swap:
		    sizes:
		      - { ram: 1G, recommended: 128M, minimum: 64M }
		      - { ram: 2G, recommended: 0.05x..192M }
		    keep-free: 0
		  sysctl:
		    vm.swappiness: "{{ swappiness }}"
		    vm.vfs_cache_pressure: 77
	END
	cat >$inventory/group_vars/db.yml <<-END
		memprov_profile: $work/database.yaml
	END
	cat >$work/database.yaml <<-END
		memprov: 1
		swap: { sizes: [{ ram: any, recommended: 256M }], keep-free: 0, priority: 5 }
		sysctl:
		  vm.swappiness: 33
	END
}

# Ends whoever lives in the hosts' namespaces, ssh sessions and /proc/swaps among them.
end_hosts() {
	local process namespace left=1
	local -A namespaces=()
	[[ -s $live/namespaces ]] || return 0
	while read -r namespace; do
		namespaces[$namespace]=1
	done <$live/namespaces
	while ((left)); do
		left=0
		for process in /proc/[0-9]*; do
			namespace=$(readlink "$process/ns/mnt") || continue
			[[ -v namespaces[$namespace] ]] || continue
			left=1
			kill -KILL "${process#/proc/}"
		done 2>/dev/null
	done
	wait "${host_pid[@]}" 2>/dev/null || true
}

setup() {
	[[ -v LIVE_BEFORE ]] || {
		echo "not in a namespace of its own; use make ansible"
		return 1
	}
	settings
	fleet_begin
}

teardown() {
	local tries

	[[ -v LIVE_BEFORE ]] || return 0
	[[ ! $BATS_ERROR_STATUS ]] || tail -n 5 $live/*.host/log
	machine_end
	# The last of a namespace goes after its last process.
	for ((tries = 0; tries < 20; tries++)); do
		[[ $(machine_state) != "$LIVE_BEFORE" ]] || break
		sleep 0.1
	done
	diff <(echo "$LIVE_BEFORE") <(machine_state)
}

# --- what Ansible does ---

# on HOST COMMAND...: there, without ssh
on() {
	nsenter --mount="/proc/${host_pid[$1]}/ns/mnt" "${@:2}"
}

# ansible_run STATUS COMMAND...: sets out; fails unless that is the exit status
ansible_run() {
	local want=$1 status=0
	shift
	"$@" >$work/out 2>&1 </dev/null || status=$?
	out=$(<$work/out)
	((status == want)) && return
	echo "$*: exit status $status, not $want"
	echo "$out"
	return 1
}

# play STATUS PLAYBOOK [OPTION]...: one of the collection's
play() {
	ansible_run "$1" ansible-playbook --inventory $inventory "memprov.memprov.$2" "${@:3}"
}

# module STATUS HOST ARGUMENTS [OPTION]...: the module alone, with arguments in JSON; out is its
# result
module() {
	ansible_run "$1" ansible --inventory $inventory "$2" --module-name memprov.memprov.memprov \
		--args "$3" "${@:4}"
	out=$(sed -n '/ => {$/,$p' $work/out | sed '1s/.*=> //')
}

# recap HOST COUNT...: the play's last line about a host has all these, such as changed=0
recap() {
	local line count
	line=$(grep "^$1 *:" <<<"$out")
	for count in "${@:2}"; do
		[[ "$line " == *" $count "* ]] && continue
		echo "$1: not $count"
		echo "$out"
		return 1
	done
}

# tells WORDS: in what the last command printed
tells() {
	[[ $out == *"$1"* ]] && return
	printf 'not told: %s\n%s\n' "$1" "$out"
	return 1
}

# Everything memprov or the role may change, on each of the hosts.
fleet_state() {
	local name
	for name; do
		on "$name" find "$live/$name" /etc /usr/local/sbin/memprov /usr/local/share/memprov \
			/var/cache/memprov.deb -maxdepth 2 -printf '%p %y %m %u %g %i %s %T@ %C@\n' \
			2>/dev/null | sort
		on "$name" cat /etc/fstab
		on "$name" cat /proc/swaps | tr -s '\t ' ' ' | cut -d ' ' -f 1-3,5
	done
	vm_state
}

# swap_of HOST: size of what is active there, in MiB, header included
swap_of() {
	on "$1" cat /proc/swaps | awk 'NR > 1 { kib += $3 + 4 } END { print kib / 1024 }'
}
