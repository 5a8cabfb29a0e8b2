#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2086,SC2154 # helpers.bash sets out, and paths without blanks
# How the role gets memprov onto a host that has none.

load helpers
bats_require_minimum_version 1.5.0

setup_file() {
	install_collection
}

# make_deb FILE VERSION: a package of memprov, as small as they come
make_deb() {
	local tree=$work/deb
	install -D -m 0755 "$MEMPROV" $tree/usr/sbin/memprov
	mkdir -p $tree/DEBIAN
	printf '%s\n' 'Package: memprov' "Version: $2" "Architecture: $(dpkg --print-architecture)" \
		'Maintainer: Nobody <nobody@example.org>' 'Description: test' >$tree/DEBIAN/control
	dpkg-deb --root-owner-group --build $tree "$1"
}

# make_repository HOST: its one source of packages, with one
make_repository() {
	local directory=$live/$1.host/repository
	mkdir $directory
	make_deb $directory/memprov.deb 7.0
	{
		dpkg-deb --field $directory/memprov.deb
		echo 'Filename: ./memprov.deb'
		stat --format 'Size: %s' $directory/memprov.deb
		echo "SHA256: $(sha256sum <$directory/memprov.deb | cut -d ' ' -f 1)"
	} >$directory/Packages
	on "$1" rm -rf /etc/apt/sources.list /etc/apt/sources.list.d
	on "$1" tee /etc/apt/sources.list <<<"deb [trusted=yes] file:$directory ./"
	on "$1" apt-get -q update
}

@test "a check on hosts without memprov tells that it would come, and nothing it cannot know" {
	local state
	make_deb $work/memprov.deb 7.0
	on alpha rm /usr/local/sbin/memprov
	on beta rm /usr/local/sbin/memprov
	on gamma rm /usr/local/sbin/memprov
	state=$(fleet_state alpha beta gamma)
	play 2 provision --check --limit gamma
	tells 'memprov is not installed on this host'
	echo "memprov_deb: $work/memprov.deb" >>$inventory/group_vars/web.yml
	play 0 provision --check --limit web --extra-vars memprov_install=file
	recap alpha changed=2 failed=0
	tells 'memprov is not installed yet'
	play 0 provision --check --limit db --extra-vars memprov_install=source \
		--extra-vars memprov_source=$checkout
	recap gamma changed=2 failed=0
	same "$state" "$(fleet_state alpha beta gamma)"
}

@test "a package file is installed, kept, and replaced by another" {
	on alpha rm /usr/local/sbin/memprov
	make_deb $work/memprov.deb 7.0
	local options=(--limit alpha --extra-vars memprov_install=file
		--extra-vars "memprov_deb=$work/memprov.deb")
	play 0 provision "${options[@]}"
	same "$(on alpha dpkg-query --show memprov) $(swap_of alpha)" $'memprov\t7.0 128'
	play 0 provision "${options[@]}"
	recap alpha changed=0
	make_deb $work/memprov.deb 7.1
	play 0 provision "${options[@]}" --check
	recap alpha changed=1
	play 0 provision "${options[@]}"
	recap alpha changed=2
	same "$(on alpha dpkg-query --show memprov)" $'memprov\t7.1'
}

@test "the package manager's package is installed" {
	on beta rm /usr/local/sbin/memprov
	make_repository beta
	local options=(--limit beta --extra-vars memprov_install=package)
	play 0 provision "${options[@]}" --check
	recap beta failed=0
	tells 'memprov is not installed yet'
	same "$(on beta dpkg-query --show memprov 2>&1 || true)" 'dpkg-query: no packages found matching memprov'
	play 0 provision "${options[@]}"
	same "$(on beta dpkg-query --show memprov) $(swap_of beta)" $'memprov\t7.0 192'
	play 0 provision "${options[@]}"
	recap beta changed=0
	play 0 provision "${options[@]}" --check
	recap beta changed=0
}

@test "the sources are built on the host, and again when they change" {
	local source=$work/source options
	mkdir $source
	cp -a "$checkout"/{Makefile,README.md,LICENSE,provision,profiles,scripts} $source
	on gamma rm /usr/local/sbin/memprov
	options=(--limit gamma --extra-vars memprov_install=source --extra-vars "memprov_source=$source")
	play 0 provision "${options[@]}"
	same "$(on gamma memprov --version) $(swap_of gamma)" "$("$MEMPROV" --version) 256"
	[[ ! $(on gamma find /tmp /var/tmp /root -maxdepth 1 -name 'ansible.*') ]]
	play 0 provision "${options[@]}"
	recap gamma changed=0
	echo '# changed' >>$source/Makefile
	play 0 provision "${options[@]}" --check
	recap gamma changed=1
}
