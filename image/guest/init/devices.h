/* Devices by what the kernel says of them. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/*
 * Finds the device of a class in /sys whose attribute has this value, and gives its path in /dev. Looks once: see wait_until.
 */
bool find_device(const char *class, const char *attribute, const char *value, char *path, size_t size);
