#include "groups.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"
#include "text.h"

static const char PREFIX[] = "exec-";

const char *make_workload_group(char *limits)
{
	static const char *const CONTROLLERS[] = {"+cpu", "+cpuset", "+io", "+memory", "+pids"};
	// One by one: a kernel may lack one.
	for (size_t each = 0; each < sizeof CONTROLLERS / sizeof *CONTROLLERS; each++)
		write_setting("/sys/fs/cgroup/cgroup.subtree_control", CONTROLLERS[each]);
	if (mkdir(WORKLOAD_GROUP, 0755) != 0) warn("%s: %m", WORKLOAD_GROUP);
	for (char *line; (line = next_line(&limits)) != NULL;) {
		char *words[2], path[128];
		if (*line == '\0') continue;
		if (split_words(line, words, 2) != 2 || strchr(words[0], '/') != NULL) return line;
		snprintf(path, sizeof path, "%s/%s", WORKLOAD_GROUP, words[0]);
		if (!write_setting(path, words[1])) return words[0];
	}
	return NULL;
}

static void remove_empty_groups(void)
{
	DIR *folder = opendir(WORKLOAD_GROUP);
	if (folder == NULL) return;
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		char path[300];
		if (strncmp(entry->d_name, PREFIX, sizeof PREFIX - 1) != 0) continue;
		snprintf(path, sizeof path, "%s/%s", WORKLOAD_GROUP, entry->d_name);
		rmdir(path);
	}
	closedir(folder);
}

void make_exec_group(unsigned number, char *path, size_t size)
{
	remove_empty_groups();
	snprintf(path, size, "%s/%s%u", WORKLOAD_GROUP, PREFIX, number);
	mkdir(path, 0755);
}

void kill_group(const char *path)
{
	char file[160];
	snprintf(file, sizeof file, "%s/cgroup.kill", path);
	write_setting(file, "1");
}
