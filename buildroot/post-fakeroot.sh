#!/bin/sh
# Run by Buildroot on a copy of the target tree ($1), the one a root file system is made from: takes out what the image has
# no use for. The target tree itself stays whole, so one build gives a release and a development image.
set -eu
tree=$1
here=$(dirname "$0")

# prune LIST: removes what the list names, one pattern a line, relative to the tree.
prune() {
	while read -r pattern; do
		case $pattern in
		'' | '#'*) continue ;;
		/* | *..*)
			echo "$1: $pattern leads out of the tree" >&2
			exit 1
			;;
		esac
		# The pattern is meant to be one.
		# shellcheck disable=SC2086
		rm -rf "${tree:?}"/$pattern
	done <"$1"
}

prune "$here/prune.txt"
grep -q '^BR2_PACKAGE_BERTH_DEVELOPMENT=y' "$BR2_CONFIG" || prune "$here/prune-release.txt"

# QEMU brings firmware for all machines there are.
if [ -d "$tree/usr/share/qemu" ]; then
	find "$tree/usr/share/qemu" -mindepth 1 -type f | while read -r file; do
		grep -qxF "${file#"$tree/usr/share/qemu/"}" "$here/qemu-firmware.txt" || rm "$file"
	done
	find "$tree/usr/share/qemu" -mindepth 1 -type d -empty -delete
fi
