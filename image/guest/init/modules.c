#include "modules.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "report.h"
#include "text.h"

enum { MOST_PATH = 160 };

static void load(const char *path)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0 || syscall(SYS_finit_module, file, "", 0) != 0) warn("%s: %m", path);
	if (file >= 0) close(file);
}

static void take(const char *list, bool wanted)
{
	char names[4096];
	if (read_text(list, names, sizeof names) < 0) return;
	char *rest = names;
	for (char *name; (name = next_line(&rest)) != NULL;) {
		char path[MOST_PATH];
		snprintf(path, sizeof path, "/modules/%s", name);
		if (wanted) load(path);
		unlink(path);
	}
}

void load_modules(const char *list)
{
	take(list, true);
}

void drop_modules(const char *list)
{
	take(list, false);
}
