#include "disks.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "report.h"
#include "text.h"
#include "wait.h"

struct search {
	const char *serial;
	char *path;
	size_t size;
};

static bool look(void *argument)
{
	struct search *search = argument;
	DIR *folder = opendir("/sys/block");
	if (folder == NULL) return false;
	bool found = false;
	for (struct dirent *entry; !found && (entry = readdir(folder)) != NULL;) {
		char file[300], serial[64];
		if (entry->d_name[0] == '.') continue;
		snprintf(file, sizeof file, "/sys/block/%s/serial", entry->d_name);
		if (read_text(file, serial, sizeof serial) < 0) continue;
		serial[strcspn(serial, "\n")] = '\0';
		found = strcmp(serial, search->serial) == 0;
		if (found) snprintf(search->path, search->size, "/dev/%s", entry->d_name);
	}
	closedir(folder);
	return found;
}

bool find_disk(const char *serial, char *path, size_t size)
{
	struct search search = {serial, path, size};
	return wait_until(look, &search);
}

bool mount_disk(const char *serial, const char *target)
{
	char path[64];
	if (!find_disk(serial, path, sizeof path)) {
		warn("there is no disk %s", serial);
		return false;
	}
	mkdir(target, 0755);
	if (mount(path, target, "erofs", MS_RDONLY | MS_NODEV, NULL) == 0) return true;
	warn("disk %s: %m", serial);
	return false;
}
