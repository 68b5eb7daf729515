/* The guest's file systems. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* /proc, /sys, /dev, /run, control groups. */
void mount_kernel_file_systems(void);

/* Makes the initramfs an ordinary mount, since pivot_root(2), which crun uses, refuses the first one. */
void leave_rootfs(void);

/* Mounts the image's layers and a writable layer in memory as /run/root. False, with a message, when it cannot. */
bool mount_root(int layers, char *message, size_t size);

/* Mounts the volumes that the bundle names. */
bool mount_volumes(char *message, size_t size);
