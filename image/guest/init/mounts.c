#include "mounts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disks.h"
#include "modules.h"
#include "report.h"
#include "text.h"

enum { MOST_TEXT = 16384 };

static void place(const char *type, const char *target, unsigned long flags, const char *options)
{
	mkdir(target, 0755);
	if (mount(type, target, type, flags, options) != 0 && errno != EBUSY) warn("%s: %m", target);
}

void mount_kernel_file_systems(void)
{
	umask(022);
	place("devtmpfs", "/dev", MS_NOSUID | MS_NOEXEC, "mode=0755");
	place("proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	place("sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	place("cgroup2", "/sys/fs/cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	place("tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755,size=16m");
}

void leave_rootfs(void)
{
	static const char *const MOVED[] = {"/dev", "/proc", "/sys", "/run"};
	mkdir("/root", 0755);
	if (mount("/", "/root", NULL, MS_BIND, NULL) != 0) {
		warn("the initramfs: %m");
		return;
	}
	for (size_t each = 0; each < sizeof MOVED / sizeof *MOVED; each++) {
		char target[16];
		snprintf(target, sizeof target, "/root%s", MOVED[each]);
		mount(MOVED[each], target, NULL, MS_MOVE, NULL);
	}
	if (chdir("/root") != 0 || mount("/root", "/", NULL, MS_MOVE, NULL) != 0 || chroot(".") != 0 || chdir("/") != 0)
		warn("the initramfs: %m");
}

bool mount_root(int layers, char *message, size_t size)
{
	char options[4096] = "lowerdir=";
	mkdir("/run/layers", 0755);
	for (int layer = 0; layer < layers; layer++) {
		char serial[16], target[32];
		snprintf(serial, sizeof serial, "layer%d", layer);
		snprintf(target, sizeof target, "/run/layers/%d", layer);
		if (!mount_disk(serial, target)) {
			snprintf(message, size, "layer %d of %d cannot be mounted", layer, layers);
			return false;
		}
		size_t length = strlen(options);
		snprintf(options + length, sizeof options - length, "%s%d", layer == 0 ? "" : ":", layer);
	}
	// Half of the memory at most, as tmpfs has it: a full root leaves the rest of the guest working.
	place("tmpfs", "/run/writable", MS_NOSUID | MS_NODEV, "mode=0755");
	mkdir("/run/writable/upper", 0755);
	mkdir("/run/writable/work", 0755);
	mkdir("/run/root", 0755);
	size_t length = strlen(options);
	snprintf(options + length, sizeof options - length, ",upperdir=/run/writable/upper,workdir=/run/writable/work");
	// Layers by short names, so that those of many fit the page that mount(2) takes.
	if (chdir("/run/layers") == 0 && mount("root", "/run/root", "overlay", MS_NODEV, options) == 0) return chdir("/") == 0;
	snprintf(message, size, "the layers cannot be mounted: %m");
	return false;
}

/* A line of the bundle's `volumes`: TAG DESTINATION ro|rw. */
static bool mount_volume(char *line, char *message, size_t size)
{
	char *words[3], target[128];
	if (split_words(line, words, 3) != 3 || strchr(words[0], '/') != NULL) {
		snprintf(message, size, "the bundle names a volume without tag, destination and mode");
		return false;
	}
	snprintf(target, sizeof target, "/run/volumes/%s", words[0]);
	mkdir(target, 0755);
	unsigned long flags = MS_NOSUID | MS_NODEV | (strcmp(words[2], "ro") == 0 ? MS_RDONLY : 0);
	// Nothing is cached but what is mapped: others may write there too, and a power cut loses nothing that was synced.
	const char *options = "trans=virtio,version=9p2000.L,cache=mmap,msize=262144";
	if (mount(words[0], target, "9p", flags, options) == 0) return true;
	snprintf(message, size, "the volume for %s cannot be mounted: %m", words[1]);
	return false;
}

bool mount_volumes(char *message, size_t size)
{
	char text[MOST_TEXT];
	if (read_text("/run/bundle/volumes", text, sizeof text) <= 0) {
		drop_modules(MODULES_FOR_VOLUMES);
		return true;
	}
	load_modules(MODULES_FOR_VOLUMES);
	mkdir("/run/volumes", 0755);
	char *rest = text;
	for (char *line; (line = next_line(&rest)) != NULL;)
		if (!mount_volume(line, message, size)) return false;
	return true;
}
