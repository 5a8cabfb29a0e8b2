# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # `run` sets what is not here
#
# For tests of images, on this side of the guest: its root before it boots.

# mount_tree: at $dir/tree, in mounts of this test's own
mount_tree() {
	mkdir "$dir/tree"
	mount --options "loop$([[ $root != btrfs ]] || echo ,subvol=@)" "$dir/root.img" "$dir/tree"
}
