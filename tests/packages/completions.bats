#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # run sets output
# What the shells offer, asked of the shells themselves. That options and commands are all of them is
# for scripts/check-docs to say.

bats_require_minimum_version 1.5.0
complete=$BATS_TEST_DIRNAME/complete
shells=(bash zsh fish)
profiles=$'database\ndefault\nhibernate\nrhel\nsmall-vm\nworkstation'

setup() {
	export LC_ALL=C.UTF-8 HOME=$BATS_TEST_TMPDIR PATH=${MEMPROV%/*}:$PATH
	mkdir "$BATS_TEST_TMPDIR/here"
	cd "$BATS_TEST_TMPDIR/here" || return
	mkdir tree
	echo 'memprov: 1' >site.yaml
}

# offers LINE WORDS: every shell those, and nothing else
offers() {
	local shell offered
	for shell in "${shells[@]}"; do
		offered=$("$complete" "$shell" "$1")
		# zsh leaves a slash to its listing, and has what stands before an = already.
		diff <(printf '%s' "${2:+$2$'\n'}" | sort) \
			<(printf '%s' "${offered:+$offered$'\n'}" | sed 's|/$||; s/^--[a-z]*=//' | sort) || {
			echo "$shell: $1"
			return 1
		}
	done
}

@test "commands, as long as there is none" {
	commands=$'apply\naudit\ncheck\nprofiles\nremove'
	offers 'memprov ' "$commands"
	offers 'memprov --json ' "$commands"
	offers 'memprov -p default ' "$commands"
	offers 'memprov ap' apply
	offers 'memprov audit --json ap' ''
}

@test "options, those of the command" {
	offers 'memprov apply --f' $'--file\n--force'
	offers 'memprov audit --f' --file
	offers 'memprov check --f' ''
	offers 'memprov remove --dr' --dry-run
	offers 'memprov audit --dr' ''
	offers 'memprov --file /swap apply --fo' --force
}

@test "profiles, by name or file" {
	all=$profiles$'\nsite.yaml\ntree'
	offers 'memprov apply --profile ' "$all"
	offers 'memprov apply -p ' "$all"
	offers 'memprov apply -np ' "$all"
	offers 'memprov check ' "$all"
	offers 'memprov check default s' $'site.yaml\nsmall-vm'
	offers 'memprov apply --profile=de' default
}

@test "sizes, and units for a number" {
	offers 'memprov apply --size 5' $'5G\n5M\n5T'
	offers 'memprov audit --ram ' $'512M\n1G\n2G\n4G\n8G\n16G\n32G\n64G'
}

@test "files for a swapfile, directories for a tree" {
	offers 'memprov apply --file ' $'site.yaml\ntree'
	offers 'memprov apply --root ' tree
	offers 'memprov apply --root=' tree
}

@test "a profile's name is a word, whatever a shell would make of it" {
	cat >memprov <<-'END'
		#!/bin/sh
		echo 'NAME SOURCE'
		echo '$(touch${IFS}ran) built-in'
	END
	chmod 0755 memprov
	for shell in "${shells[@]}"; do
		run -0 env PATH="$PWD:$PATH" "$complete" "$shell" 'memprov apply --profile '
		[[ $output == *touch* ]]
		[[ ! -e ran ]]
	done
}
