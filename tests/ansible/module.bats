#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2086,SC2154 # helpers.bash sets out, and paths without blanks
# The module alone, with each of its options.

load helpers
bats_require_minimum_version 1.5.0

setup_file() {
	install_collection
}

@test "an inline profile, with numbers that a template made text of, is checked and applied" {
	local state arguments
	arguments='{"profile": {"memprov": "1", "description": "one: \"two\" # three",
		"swap": {"sizes": [{"ram": "any", "recommended": "64M"}], "keep-free": "0"},
		"sysctl": {"vm.swappiness": "33"}}, "file": "'$live/alpha/swap'"}'
	state=$(fleet_state alpha)
	module 0 alpha "$arguments" --check
	holds '.changed and .dry_run and (.conforms | not) and .command == "apply" and .exit == 3'
	same "$state" "$(fleet_state alpha)"
	module 0 alpha "$arguments"
	holds '.changed and .conforms and .exit == 0 and .profile.name == "profile" and
		.profile.source == "inline" and .target.file_bytes == 67108864'
	same "$(swap_of alpha)" 64
	state=$(fleet_state alpha)
	module 0 alpha "$arguments"
	holds '.changed == false and .conforms'
	# The profile's file has gone.
	same "$state$(on alpha find /root/.ansible /tmp -name profile.yaml)" "$(fleet_state alpha)"
}

@test "a profile by name, by path and as text; a size; another command" {
	module 0 beta "{\"profile\": \"database\", \"state\": \"audited\", \"file\": \"$live/beta/swapfile\"}"
	holds '.profile == {name: "database", source: "built-in"} and .changed == false and
		.conforms == false and .command == "audit" and .exit == 3'
	install -m 0644 $work/database.yaml $live/beta/own.yaml
	module 0 beta "{\"profile\": \"$live/beta/own.yaml\", \"state\": \"audited\", \"file\": \"$live/beta/f\"}"
	holds ".profile == {name: \"own\", source: \"$live/beta/own.yaml\"}"
	module 0 beta "{\"profile\": \"# text\\nmemprov: 1\\n\", \"state\": \"audited\"}"
	holds '.profile.name == "profile" and .conforms and .target == null'

	module 0 beta "{\"profile\": \"# text\\nmemprov: 1\\nsysctl: { vm.swappiness: 33 }\\nswap: { sizes: [{ram: any, recommended: 0}] }\\n\", \"size\": \"80M\", \"file\": \"$live/beta/f\"}"
	holds '.changed and .conforms'
	same "$(swap_of beta)" 80
	module 0 beta "{\"size\": 0, \"file\": \"$live/beta/f\", \"state\": \"absent\"}"
	holds '.changed and .command == "remove"'
	same "$(swap_of beta)" 0
}

@test "what cannot be done fails with the reason, in a check as well" {
	module 2 alpha '{"profile": "nowhere"}' --check
	holds '.exit == 2 and (.msg | test("nowhere"))'
	module 2 alpha '{"size": "500G"}' --check
	holds '.exit == 1 and (.msg | test("room"))'
	module 2 alpha '{"size": "500G"}'
	holds '.exit == 1 and (.msg | test("room")) and .changed == false'
	module 2 alpha '{"profile": ["default"]}'
	holds '(.msg | test("not list"))'
	module 2 alpha '{"profile": {"memprov": 1, "sysctl": {"vm.swappiness": true, "vm.none": null}}}'
	holds '.errors | length == 2 and (.[0] | test("^profile:3:18: .* not \"true\": vm.swappiness: true$"))'
	on alpha mv /usr/local/sbin/memprov /usr/other
	module 2 alpha '{"state": "present"}' --check
	holds '(.msg | test("is not installed on this host"))'
	module 0 alpha '{"executable": "/usr/other", "state": "audited"}'
	holds '.command == "audit"'
	on alpha install -m 0755 /bin/false /usr/local/sbin/memprov
	module 2 alpha '{"state": "present"}'
	holds '.rc == 1 and (.msg | test("without its document"))'
}

@test "without root a check fails, as the task would, and an audit is made" {
	printf '%s\n' 'all:' '  vars:' '    ansible_become: true' '    ansible_become_user: nobody' \
		'    ansible_become_method: su' '    ansible_become_flags: -s /bin/sh' >$inventory/nobody.yml
	module 2 alpha '{"state": "present"}' --check
	holds '.msg == "root is needed to change the machine; use become"'
	module 2 alpha '{"state": "present"}'
	holds '.exit == 1 and (.msg | test("root"))'
	module 0 alpha '{"state": "audited"}' --check
	holds '.command == "audit" and .facts.ram_bytes == 1073741824'
}

@test "a tree is provisioned without the kernel's part" {
	mkdir -p $live/gamma/tree/etc
	module 0 gamma "{\"root\": \"$live/gamma/tree\", \"ram\": \"1G\", \"size\": \"64M\"}"
	holds '.changed and .conforms and ([.steps[] | select(.state == "deferred").kind] | index("swapon") != null)'
	grep -qx '/swapfile none swap sw,nofail 0 0' $live/gamma/tree/etc/fstab
	same "$(swap_of gamma)" 0
}

@test "in a container the task is skipped" {
	start_host box 1000000 --pid --fork --kill-child --mount-proc
	ansible_run 0 ansible --inventory $inventory box --module-name memprov.memprov.memprov
	tells 'box | SKIPPED'
}
