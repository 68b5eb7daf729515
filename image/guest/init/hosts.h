/* The workload's /etc/hosts, which changes while it runs. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Writes it in place: it is mounted as a file. */
bool set_hosts(const void *text, size_t length);

/* Begins with what the bundle has. */
void copy_hosts(void);
