#include "crun.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

static const char PROGRAM[] = "/usr/bin/crun";
enum { MOST_ARGUMENTS = 24 };

static void join_group(const char *group, pid_t process)
{
	char procs[160], number[16];
	snprintf(procs, sizeof procs, "%s/cgroup.procs", group);
	snprintf(number, sizeof number, "%d", process);
	write_setting(procs, number);
}

/* In the child. */
static void become(const struct crun_call *call)
{
	char log[160];
	const char *arguments[MOST_ARGUMENTS] = {
		"crun", "--root", "/run/crun", "--cgroup-manager", "disabled", "--log", log, "--log-format", "json",
	};
	size_t count = 9;
	for (size_t each = 0; call->arguments[each] != NULL && count < MOST_ARGUMENTS - 1; each++)
		arguments[count++] = call->arguments[each];
	snprintf(log, sizeof log, "file:%s", call->log);
	join_group(call->group, 0);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	// Where it has none, its end: all three are given to the container's user, which is nothing for a device.
	int ends[2];
	if (pipe(ends) != 0) return;
	close(ends[1]);
	int given[3] = {call->input, call->output, call->error};
	for (int each = 0; each < 3; each++)
		if (dup2(given[each] < 0 ? ends[0] : given[each], each) < 0) return;
	static char *const ENVIRONMENT[] = {"PATH=/usr/bin", NULL};
	execve(PROGRAM, (char *const *)arguments, ENVIRONMENT);
}

pid_t start_crun(const struct crun_call *call)
{
	unlink(call->log);
	pid_t process = fork();
	if (process == 0) {
		become(call);
		_exit(255);
	}
	// Both do it: crun must not start outside, and a group that looks empty would be removed (groups.c).
	if (process > 0) join_group(call->group, process);
	return process;
}

/* The text of a JSON string, its escapes of one letter undone; what is no printable ASCII becomes a question mark. */
static void copy_string(const char *from, char *message, size_t size)
{
	size_t length = 0;
	for (; *from != '"' && *from != '\0' && length < size - 1; from++) {
		char letter = *from;
		if (letter == '\\' && from[1] != '\0') {
			letter = *++from;
			if (letter == 'n' || letter == 't' || letter == 'r') letter = ' ';
		}
		message[length++] = letter < ' ' || letter > '~' ? '?' : letter;
	}
	message[length] = '\0';
}

bool read_crun_error(const char *log, char *message, size_t size)
{
	char text[4096];
	if (read_text(log, text, sizeof text) <= 0) return false;
	bool found = false;
	char *rest = text;
	for (char *line; (line = next_line(&rest)) != NULL;) {
		static const char KEY[] = "\"msg\"";
		const char *value = strstr(line, KEY);
		if (value == NULL || strstr(line, "\"error\"") == NULL) continue;
		value += sizeof KEY - 1;
		value += strspn(value, " :");
		if (*value != '"') continue;
		copy_string(value + 1, message, size);
		found = true;
	}
	return found;
}

pid_t read_pid(const char *path)
{
	char text[16];
	if (read_text(path, text, sizeof text) <= 0) return -1;
	text[strcspn(text, "\n")] = '\0';
	return (pid_t)parse_number(text, 1 << 22);
}
