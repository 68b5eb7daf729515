#include "groups.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"
#include "stats.h"
#include "text.h"

static const char PREFIX[] = "exec-";

/*
 * Where the host sets no limit: all that there is, but for what keeps the guest itself going. A group at its limit is killed
 * for it at once; a whole machine without memory first throws out its programs' pages and reads them again, for minutes.
 */
static void limit_memory(void)
{
	enum { MOST_RESERVED = 8 << 20, SHARE = 8 };
	static const char PATH[] = WORKLOAD_GROUP "/memory.max";
	char text[32];
	if (read_text(PATH, text, sizeof text) <= 0 || strncmp(text, "max", 3) != 0) return;
	unsigned long long available = available_memory();
	unsigned long long reserved = available / SHARE < MOST_RESERVED ? available / SHARE : MOST_RESERVED;
	snprintf(text, sizeof text, "%llu", available - reserved);
	write_setting(PATH, text);
}

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
	limit_memory();
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
