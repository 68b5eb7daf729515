#!/bin/sh
# Run by Buildroot when all packages are in the target tree ($1).
set -eu
tree=$1

# Names are asked of systemd-resolved, which also knows what first-boot configuration says.
ln -sfn ../run/systemd/resolve/stub-resolv.conf "$tree/etc/resolv.conf"
