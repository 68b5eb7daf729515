/* Control groups (cgroup v2): the workload's, and one below it for each exec. */
#pragma once
#include <stddef.h>

#define WORKLOAD_GROUP "/sys/fs/cgroup/workload"

/* Makes the workload's group with the limits of the bundle, and one of its memory anyway. Gives the limit that cannot be set, or NULL. */
const char *make_workload_group(char *limits);

/* Makes a new group for an exec, and removes those that are empty. Gives its path. */
void make_exec_group(unsigned number, char *path, size_t size);

/* Kills all that is in a group. */
void kill_group(const char *path);
