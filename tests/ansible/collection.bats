#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2154 # helpers.bash sets out, and reads work
# The collection as its users and Ansible's own tools see it. No host is needed.

load helpers
bats_require_minimum_version 1.5.0

setup_file() {
	install_collection
}

setup() {
	settings
	here=$collections/ansible_collections/memprov/memprov
	work=$BATS_TEST_TMPDIR
}

teardown() {
	:
}

@test "ansible-doc shows the module, each of its options, and the rest of the collection" {
	local option
	ansible_run 0 ansible-doc --type module memprov.memprov.memprov
	for option in state profile size file root ram executable; do
		grep -qE "^[-=] $option" <<<"$out"
	done
	ansible_run 0 ansible-doc --json --type module memprov.memprov.memprov
	same "$(jq --raw-output '.[].doc.options | keys | join(" ")' <<<"$out")" \
		"$(sed -n "/argument_spec={/,/^ *},/s/^ *'\([a-z]*\)': {.*/\1/p" "$here/plugins/modules/memprov.py" |
			sort | xargs)"
	ansible_run 0 ansible-doc --type module memprov.memprov.audit_table
	ansible_run 0 ansible-doc --type filter memprov.memprov.profile_text
	ansible_run 0 ansible-doc --type role memprov.memprov.memprov
	tells memprov_install
}

@test "the keys of the module's result are those of the program's document" {
	ansible_run 0 ansible-doc --json --type module memprov.memprov.memprov
	same "$("$MEMPROV" audit --json --root "$BATS_TEST_TMPDIR" --ram 1G 2>/dev/null |
		jq --raw-output '. + {errors: 0} | del(.changed, .failed) | keys | join(" ")')" \
		"$(jq --raw-output '.[].return | keys | join(" ")' <<<"$out")"
}

@test "ansible-lint finds nothing" {
	cd "$here"
	cp "$collection/.ansible-lint" .
	HOME=$BATS_TEST_TMPDIR ansible_run 0 ansible-lint --offline --strict --nocolor
	tells 'Passed with production profile'
}

@test "ansible-test sanity finds nothing" {
	local version
	version=$(ansible --version | sed -nE '1s/.* ([0-9]+\.[0-9]+)\..*/\1/p')
	cp -R "$collection/tests" "$here"
	cd "$here"
	[[ -e tests/sanity/ignore-$version.txt ]] ||
		mv tests/sanity/ignore-*.txt "tests/sanity/ignore-$version.txt"
	HOME=$BATS_TEST_TMPDIR ansible_run 0 "$ansible_tests/sanity"
	tells 'Running sanity test "validate-modules"'
	[[ $out != *[Ss]kipping* ]]
}

@test "whatever a host sends, the table is whole, and steers no terminal" {
	ansible_run 0 ansible localhost --connection local --module-name memprov.memprov.audit_table \
		--args '{"results": {
			"number": {"conforms": true, "facts": {"ram_bytes": "x"}},
			"step": {"conforms": false, "steps": [{}]},
			"swap": {"conforms": true, "facts": {"page_size": 4096, "swap": [{}]}},
			"escape": {"failed": true, "msg": "a\u001b[1A\u0007b"},
			"fine": {"conforms": true, "facts": {"ram_bytes": 1073741824}}}}'
	for host in number step swap; do
		[[ $out =~ (^|$'\n')$host\ .*\ failed\ +'sent what is no document of memprov' ]]
	done
	[[ $out =~ (^|$'\n')escape\ .*\ failed\ +'a?[1A?b' ]]
	[[ $out =~ (^|$'\n')fine\ +'1 GiB'\ .*\ conforms ]]
	[[ $out != *$'\e'* && $out != *$'\a'* ]]
}
