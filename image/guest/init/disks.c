#include "disks.h"

#include <sys/mount.h>
#include <sys/stat.h>

#include "devices.h"
#include "report.h"
#include "wait.h"

struct search {
	const char *serial;
	char *path;
	size_t size;
};

static bool look(void *argument)
{
	struct search *search = argument;
	return find_device("/sys/block", "serial", search->serial, search->path, search->size);
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
