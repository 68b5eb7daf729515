#include "modules.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "report.h"
#include "text.h"

static void load(const char *name)
{
	char path[160];
	snprintf(path, sizeof path, "/modules/%s", name);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0 || syscall(SYS_finit_module, file, "", 0) != 0) warn("module %s: %m", name);
	if (file >= 0) close(file);
	unlink(path);
}

void load_modules(void)
{
	char list[4096];
	if (read_text("/modules.list", list, sizeof list) < 0) return;
	char *rest = list;
	for (char *name; (name = next_line(&rest)) != NULL;) load(name);
}
