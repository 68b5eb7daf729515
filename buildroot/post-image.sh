#!/bin/sh
# Run by Buildroot when root file system, kernel and boot loader are in the images folder ($1): hands them to image/, which
# composes the disk image and the update bundle. `bun run image --base buildroot`, which runs Buildroot, does that itself.
set -eu
[ "${BERTH_COMPOSE:-yes}" = yes ] || exit 0
board=$(sed -n 's/^BR2_PACKAGE_BERTH_BOARD="\(.*\)"$/\1/p' "$BR2_CONFIG")
set -- --base buildroot --board "$board" --built "$1/.."
grep -q '^BR2_PACKAGE_BERTH_DEVELOPMENT=y' "$BR2_CONFIG" || set -- "$@" --release
cd "$(dirname "$0")/.."
exec bun image/build.ts "$@"
