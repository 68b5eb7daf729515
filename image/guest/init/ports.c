#include "ports.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "report.h"
#include "text.h"
#include "wait.h"

struct search {
	const char *name;
	int port;
};

static bool look(void *argument)
{
	struct search *search = argument;
	DIR *folder = opendir("/sys/class/virtio-ports");
	if (folder == NULL) return false;
	bool found = false;
	for (struct dirent *entry; !found && (entry = readdir(folder)) != NULL;) {
		char file[320], name[64];
		if (entry->d_name[0] == '.') continue;
		snprintf(file, sizeof file, "/sys/class/virtio-ports/%s/name", entry->d_name);
		if (read_text(file, name, sizeof name) < 0) continue;
		name[strcspn(name, "\n")] = '\0';
		if (strcmp(name, search->name) != 0) continue;
		snprintf(file, sizeof file, "/dev/%s", entry->d_name);
		search->port = open(file, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		found = search->port >= 0;
	}
	closedir(folder);
	return found;
}

int open_port(const char *name)
{
	struct search search = {name, -1};
	if (!wait_until(look, &search)) warn("there is no port %s", name);
	return search.port;
}
