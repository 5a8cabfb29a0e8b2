#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# make install, and that make uninstall takes away precisely that.

bats_require_minimum_version 1.5.0
cd "$BATS_TEST_DIRNAME/../.." || exit
root=$BATS_TEST_TMPDIR/root

# Everything below the root, with what is in it.
all() {
	(cd "$root" && find . -printf '%p %M %l\n' | sort && find . -type f -exec sha256sum {} + | sort)
}

make_root() {
	mkdir -p "$root"/usr/local/{sbin,share/man/man8,lib}
	echo other >"$root/usr/local/share/man/man8/other.8"
	ln -s share/man "$root/usr/local/man"
}

@test "what is installed can be read and run by everybody, whatever the umask" {
	(umask 077 && make -s install DESTDIR="$root")
	run -0 find "$root" ! -type l ! -perm -u=rwX,go=rX
	[[ ! $output ]]
	cmp "$MEMPROV" "$root/usr/local/sbin/memprov"
	for name in sbin/memprov share/man/man{8/memprov.8,5/memprov-profile.5} \
		share/memprov/profiles/default.yaml share/doc/memprov/LICENSE \
		share/bash-completion/completions/memprov share/zsh/site-functions/_memprov \
		share/fish/vendor_completions.d/memprov.fish \
		lib/systemd/system/memprov{.service,-audit.service,-audit.timer}; do
		[[ -f $root/usr/local/$name ]] || {
			echo "not installed: $name"
			false
		}
	done
}

@test "units start the program where it was installed" {
	make -s install DESTDIR="$root" PREFIX=/opt/memprov
	run -0 grep -h ^ExecStart= "$root"/opt/memprov/lib/systemd/system/*.service
	[[ $output == "ExecStart=/opt/memprov/sbin/memprov audit"$'\n'"ExecStart=/opt/memprov/sbin/memprov apply" ]]
	make -s install DESTDIR="$root"
	run -0 grep -h ^ExecStart= "$root"/usr/local/lib/systemd/system/*.service
	[[ $output == "ExecStart=/usr/local/sbin/memprov audit"$'\n'"ExecStart=/usr/local/sbin/memprov apply" ]]
}

@test "uninstalled, everything is as it was" {
	make_root
	before=$(all)
	make -s install DESTDIR="$root"
	[[ $(all) != "$before" ]]
	# Again, as with a newer version: the record is not of the second time only.
	make -s install DESTDIR="$root"
	make -s uninstall DESTDIR="$root"
	diff <(echo "$before") <(all)
	make -s uninstall DESTDIR="$root"
	diff <(echo "$before") <(all)
}

@test "uninstalled from nothing, nothing is left" {
	make -s install DESTDIR="$root"
	make -s uninstall DESTDIR="$root"
	[[ ! -e $root ]]
}

@test "what others put into its directories stays" {
	make -s install DESTDIR="$root"
	echo mine >"$root/usr/local/share/memprov/profiles/mine.yaml"
	make -s uninstall DESTDIR="$root"
	run -0 find "$root" ! -type d
	[[ $output == "$root/usr/local/share/memprov/profiles/mine.yaml" ]]
}
