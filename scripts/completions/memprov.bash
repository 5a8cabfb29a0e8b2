# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Completion of memprov(8). scripts/check-docs holds its words against the program.

# Sets kind to what the option wants as its argument, or to nothing.
_memprov_kind() {
	local option=$1
	[[ $option =~ ^-[jnqv]*[psf]$ ]] && option=-${option: -1}
	case $option in
	-p | --profile) kind=profile ;;
	-s | --size | --ram) kind=size ;;
	-f | --file | --output) kind='file' ;;
	--root) kind=directory ;;
	*) kind='' ;;
	esac
}

# The names of the profiles to be had; memprov may be in root's PATH only.
_memprov_profiles() {
	PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin command memprov profiles 2>/dev/null |
		while read -r name _; do
			[[ $name == NAME ]] || echo "$name"
		done
}

# A number with each unit, or some sizes.
_memprov_sizes() {
	if [[ $cur =~ ^[0-9]+(\.[0-9]+)?$ ]]; then
		printf '%s\n' "$cur"{M,G,T}
	else
		printf '%s\n' 512M {1,2,4,8,16,32,64}G
	fi
}

# Of the words on stdin those that begin as the one at the cursor does.
_memprov_offer() {
	local word
	while IFS= read -r word; do
		[[ $word != "$cur"* ]] || COMPREPLY+=("$word")
	done
}

_memprov() {
	local cur=${COMP_WORDS[COMP_CWORD]} command='' kind='' word i
	local options=(--json --quiet --verbose --help --version)
	COMPREPLY=()
	# The command is the first word that is neither an option nor the argument of one. readline makes
	# three words of --size=4G.
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word == -* ]]; then
			_memprov_kind "$word"
		elif [[ $word != = ]]; then
			[[ $command || $kind ]] || command=$word
			kind=''
		fi
	done
	[[ $cur != = ]] || cur=''

	case $kind in
	profile) _memprov_offer < <(_memprov_profiles) ;;
	size) _memprov_offer < <(_memprov_sizes) ;;
	esac
	if [[ ! $kind && $cur == -* ]]; then
		case $command in
		audit) options+=(--profile --size --file --ram --root --prometheus --output) ;;
		remove) options+=(--profile --dry-run --file --ram --root) ;;
		check | profiles) options+=(--root) ;;
		apply) options+=(--profile --dry-run --size --file --ram --root --force) ;;
		*) options+=(--profile --dry-run --size --file --ram --root --force --prometheus --output) ;;
		esac
		_memprov_offer < <(printf '%s\n' "${options[@]}")
	elif [[ ! $kind && ! $command ]]; then
		_memprov_offer < <(printf '%s\n' audit apply remove check profiles)
	elif [[ ! $kind && $command == check ]]; then
		kind=profile
		_memprov_offer < <(_memprov_profiles)
	fi
	case $kind in
	profile | file) word=-f ;;
	directory) word=-d ;;
	*) return ;;
	esac
	compopt -o filenames 2>/dev/null
	while IFS= read -r i; do
		COMPREPLY+=("$i")
	done < <(compgen "$word" -- "$cur")
}

complete -F _memprov memprov
