/* Virtual disks, known by their serial numbers: `layer0`, `bundle`, `result`. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* The device file of a disk, waiting some seconds for it to appear. */
bool find_disk(const char *serial, char *path, size_t size);

/* Mounts a disk with an EROFS image, read-only. */
bool mount_disk(const char *serial, const char *target);
