#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034,SC2086,SC2154 # helpers.bash sets and reads out, err, and paths without blanks
# The audit as metrics for Prometheus, on stdout and in a file that collectors read all the time.

load helpers
bats_require_minimum_version 1.5.0

# sample SERIES: its value, in the last output
sample() {
	awk -v series="$1" 'substr($0, 1, length(series) + 1) == series " " {
		print substr($0, length(series) + 2) }' <<<"$out"
}

# valid TEXT: by Prometheus' own reckoning
valid() {
	promtool check metrics <<<"$1"
}

@test "what the audit knows, before, after and when something drifts" {
	memprov 3 audit --prometheus
	valid "$out"
	same "$(sample memprov_conforms)" 0
	same "$(sample "memprov_drift{kind=\"swapfile\",target=\"$swapfile\"}")" 1
	same "$(sample 'memprov_drift{kind="sysctl",target="vm.swappiness"}')" 1
	same "$(sample 'memprov_swap_recommended_bytes{bound="low"}')" $((256 << 20))
	same "$(sample memprov_swap_minimum_bytes)" $((128 << 20))
	before=$(sample memprov_swap_bytes)

	memprov 0 apply
	memprov 0 audit --prometheus
	valid "$out"
	same "$(sample memprov_conforms)" 1
	same "$(grep -c '^memprov_drift.* 1$' <<<"$out")" 0
	same $(($(sample memprov_swap_bytes) - before)) $((256 << 20))
	for key in swappiness vfs_cache_pressure; do
		for of in value boot_value wanted_value; do
			same "$(sample "memprov_sysctl_$of{key=\"vm.$key\"}")" "$(</proc/sys/vm/$key)"
		done
	done

	echo 71 >/proc/sys/vm/swappiness
	memprov 3 audit --prometheus
	same "$(sample memprov_conforms)" 0
	same "$(sample 'memprov_drift{kind="sysctl",target="vm.swappiness"}')" 1
	same "$(sample 'memprov_sysctl_value{key="vm.swappiness"}')" 71
	same "$(grep -c '^memprov_drift.* 1$' <<<"$out")" 1
}

@test "the numbers are those of the JSON document" {
	memprov 0 apply
	memprov 0 audit --json
	json=$out
	memprov 0 audit --prometheus
	same "$(sample memprov_ram_bytes)" "$(jq .facts.ram_bytes <<<"$json")"
	same "$(sample memprov_swap_minimum_bytes)" "$(jq .target.minimum_bytes <<<"$json")"
	same "$(sample memprov_warnings)" "$(jq '.warnings | length' <<<"$json")"
	same "$(sed -n 's/^memprov_drift{kind="\([^"]*\)",target="\([^"]*\)"}.*/\1 \2/p' <<<"$out")" \
		"$(jq --raw-output '.steps[] | "\(.kind) \(.target)"' <<<"$json")"
}

@test "a file is replaced whole, whoever reads it meanwhile" {
	file=$live/metrics/memprov.prom
	mkdir $live/metrics
	memprov 3 audit --prometheus --output $file
	same "$out" ''
	same "$(stat --format '%a %U' $file)" '644 root'
	valid "$(<$file)"
	size=$(stat --format %s $file)
	for ((i = 0; i < 300; i++)); do
		read=$(<$file)
		((${#read} == size - 1)) || echo "${#read}" >>$work/torn
		for name in "$live"/metrics/*.prom; do
			[[ $name == "$file" ]] || echo "$name" >>$work/torn
		done
	done &
	reader=$!
	for i in {1..20}; do
		memprov 3 audit --prometheus --output $file
	done
	wait $reader
	[[ ! -e $work/torn ]]
	same "$(ls $live/metrics)" memprov.prom
}

@test "what is no regular file is neither followed nor replaced" {
	mkdir $live/metrics
	echo mine >$work/victim
	ln -s $work/victim $live/metrics/link
	ln -s /proc/self/fd/1 $live/metrics/stdout
	mkfifo $live/metrics/fifo
	mknod $live/metrics/null c 1 3
	before=$(stat --format '%n %F %i %t %T' $live/metrics/*)
	for name in link stdout fifo null; do
		memprov 1 audit --prometheus --output $live/metrics/$name
		same "$err" "memprov: cannot write $live/metrics/$name: it is no regular file"
	done
	same "$(stat --format '%n %F %i %t %T' $live/metrics/*)" "$before"
	same "$(<$work/victim)" mine
}

@test "a file that cannot be written is an error, and the former one stays" {
	mkdir $live/metrics
	memprov 1 audit --prometheus --output $live/nowhere/memprov.prom
	[[ $err == "memprov: cannot write $live/nowhere/memprov.prom: No such file or directory" ]]
	mkdir $live/metrics/directory
	ln -s metrics $live/link
	memprov 1 audit --prometheus --output $live/link/memprov.prom
	[[ $err == *'a symlink leads there; name the directory itself' ]]
	memprov 1 audit --prometheus --output $live/metrics/directory
	[[ $err == *'it is no regular file' ]]
	same "$(ls $live/metrics)" directory

	echo former >$live/metrics/memprov.prom
	echo 'memprov: 2' >/etc/memprov/profile.yaml
	memprov 2 audit --prometheus --output $live/metrics/memprov.prom
	same "$(<$live/metrics/memprov.prom)" former
	memprov 2 audit --prometheus
	same "$out" ''
}

@test "where metrics cannot be printed is an error" {
	run -1 bash -c "$live/memprov audit --prometheus >/dev/full"
	[[ $output == 'memprov: cannot write to the standard output' ]]
}
