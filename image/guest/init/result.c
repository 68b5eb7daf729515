#include "result.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#include "disks.h"
#include "groups.h"
#include "report.h"
#include "text.h"

enum { RESULT_SIZE = 4096 };

void describe_end(const struct workload *workload, bool outOfMemory, char *text, size_t size)
{
	int status = workload->status;
	if (workload->message[0] != '\0') {
		snprintf(text, size, "failed %s\n", workload->message);
	} else if (workload->stopped != 0) {
		snprintf(text, size, "signal %d\n", workload->stopped);
	} else if (WIFSIGNALED(status)) {
		snprintf(text, size, "signal %d\n%s", WTERMSIG(status), outOfMemory && WTERMSIG(status) == SIGKILL ? "oom\n" : "");
	} else {
		// An init that passes on how its child ended says 128 + SIGKILL.
		bool killed = WEXITSTATUS(status) == 128 + SIGKILL;
		snprintf(text, size, "exit %d\n%s", WEXITSTATUS(status), outOfMemory && killed ? "oom\n" : "");
	}
}

bool ran_out_of_memory(void)
{
	char text[512];
	if (read_text(WORKLOAD_GROUP "/memory.events", text, sizeof text) <= 0) return false;
	char *rest = text;
	for (char *line; (line = next_line(&rest)) != NULL;) {
		char *words[2];
		if (split_words(line, words, 2) == 2 && strcmp(words[0], "oom_kill") == 0) return strcmp(words[1], "0") != 0;
	}
	return false;
}

static void write_result(const char *result)
{
	char path[64], block[RESULT_SIZE] = "";
	snprintf(block, sizeof block, "%s", result);
	if (!find_disk("result", path, sizeof path)) {
		warn("there is no disk for the result");
		return;
	}
	int disk = open(path, O_WRONLY | O_CLOEXEC);
	if (disk < 0 || write(disk, block, sizeof block) != sizeof block || fsync(disk) != 0) warn("result: %m");
	if (disk >= 0) close(disk);
}

void end_machine(const char *result)
{
	// Volumes first: whoever reads the result may take them for complete.
	sync();
	write_result(result);
	// QEMU takes a restart for the end (-no-reboot), on machines without a way to switch off, too.
	reboot(RB_AUTOBOOT);
	for (;;) pause();
}
