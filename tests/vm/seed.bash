# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # `run` sets what is not here
#
# For tests of cloud-init, on this side of the guest: the disk with the user-data.

# add_seed FILE: as the NoCloud data source wants it, with the kit mounted at /srv
add_seed() {
	{
		cat "$1"
		# The guest has no locales to choose from.
		printf '%s\n' 'locale: false' 'bootcmd:' '  - [mount, --options, ro, /dev/vdb, /srv]'
		# An emulated processor needs a minute to make all its keys for ssh.
		printf '%s\n' 'ssh_genkeytypes: [ed25519]'
	} >"$dir/seeded"
	echo 'instance-id: vm-1' >"$dir/meta-data"
	truncate --size 1M "$dir/seed.img"
	mkfs.vfat -n CIDATA "$dir/seed.img" >/dev/null
	mcopy -i "$dir/seed.img" "$dir/seeded" ::user-data
	mcopy -i "$dir/seed.img" "$dir/meta-data" ::meta-data
	add_disk "$dir/seed.img" readonly=on
}
