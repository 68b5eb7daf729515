#include "exec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "console.h"
#include "crun.h"
#include "groups.h"
#include "text.h"
#include "watch.h"

/* Less than a frame holds, so that channels take turns. */
enum { OUTPUT_PIECE = 32768, MOST_PATH = 64 };

static void path_of(const struct exec *exec, const char *suffix, char *path)
{
	snprintf(path, MOST_PATH, "/run/exec/%u.%s", exec->number, suffix);
}

static void group_of(const struct exec *exec, char *path)
{
	snprintf(path, MOST_PATH, "%s/exec-%u", WORKLOAD_GROUP, exec->number);
}

static void shut(int *file)
{
	if (*file >= 0) close(*file);
	*file = -1;
}

static void shut_input(struct exec *exec)
{
	// A terminal is one file for both.
	if (exec->input == exec->output) exec->input = -1;
	shut(&exec->input);
}

static void fail(struct exec *exec, const char *message)
{
	exec->ended = true;
	exec->kind = EXIT_FAILED;
	snprintf(exec->message, sizeof exec->message, "%s", message);
	shut_input(exec);
	shut(&exec->output);
	shut(&exec->error);
}

/* `"terminal": true`: a quote inside a JSON string has a backslash before it, so this is a key wherever it stands. */
static bool wants_terminal(const char *process)
{
	static const char KEY[] = "\"terminal\"";
	const char *at = strstr(process, KEY);
	if (at == NULL) return false;
	at += sizeof KEY - 1;
	at += strspn(at, " \t\r\n:");
	return strncmp(at, "true", 4) == 0;
}

static pid_t launch(struct exec *exec, int input, int output, int error)
{
	char json[MOST_PATH], pid[MOST_PATH], log[MOST_PATH], socket[MOST_PATH], group[MOST_PATH];
	path_of(exec, "json", json);
	path_of(exec, "pid", pid);
	path_of(exec, "log", log);
	path_of(exec, "sock", socket);
	make_exec_group(exec->number, group, sizeof group);
	const char *const piped[] = {"exec", "--detach", "--pid-file", pid, "--process", json, "workload", NULL};
	const char *const onTerminal[] = {
		"exec", "--detach", "--pid-file", pid, "--process", json, "--console-socket", socket, "workload", NULL,
	};
	const struct crun_call call = {group, log, input, output, error, exec->terminal ? onTerminal : piped};
	return start_crun(&call);
}

static pid_t launch_piped(struct exec *exec)
{
	int pipes[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}};
	pid_t launcher = -1;
	bool made = true;
	for (int each = 0; each < 3 && made; each++) made = pipe2(pipes[each], O_CLOEXEC) == 0;
	if (made) launcher = launch(exec, pipes[0][0], pipes[1][1], pipes[2][1]);
	shut(&pipes[0][0]);
	shut(&pipes[1][1]);
	shut(&pipes[2][1]);
	exec->input = pipes[0][1];
	exec->output = pipes[1][0];
	exec->error = pipes[2][0];
	return launcher;
}

void start_exec(struct exec *exec, int epoll, const uint8_t *process, size_t length)
{
	char json[MOST_PATH], socket[MOST_PATH];
	path_of(exec, "json", json);
	exec->listener = exec->input = exec->output = exec->error = -1;
	if (!write_bytes(json, process, length)) {
		fail(exec, "the guest's memory is full");
		return;
	}
	// A frame's payload is not closed by a zero byte; its buffer (input_bytes) is not in use yet.
	size_t held = length < EXEC_INPUT - 1 ? length : EXEC_INPUT - 1;
	memcpy(exec->input_bytes, process, held);
	exec->input_bytes[held] = '\0';
	exec->terminal = wants_terminal((const char *)exec->input_bytes);
	if (exec->terminal) {
		path_of(exec, "sock", socket);
		exec->listener = listen_console(socket);
		exec->launcher = exec->listener < 0 ? -1 : launch(exec, -1, -1, -1);
	} else {
		exec->launcher = launch_piped(exec);
	}
	if (exec->launcher < 0) {
		exec->launcher = 0;
		fail(exec, "the guest cannot start another process");
		return;
	}
	watch(epoll, exec->input);
	watch(epoll, exec->output);
	watch(epoll, exec->error);
}

static void set_size(const struct exec *exec)
{
	const struct winsize size = {.ws_col = exec->columns, .ws_row = exec->rows};
	if (exec->terminal && exec->output >= 0 && exec->columns != 0) ioctl(exec->output, TIOCSWINSZ, &size);
}

void resize_exec(struct exec *exec, unsigned columns, unsigned rows)
{
	exec->columns = (unsigned short)columns;
	exec->rows = (unsigned short)rows;
	set_size(exec);
}

static void launcher_ended(struct exec *exec, int epoll, int status)
{
	char path[MOST_PATH];
	exec->launcher = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		char message[EXEC_MESSAGE];
		path_of(exec, "log", path);
		if (!read_crun_error(path, message, sizeof message)) snprintf(message, sizeof message, "crun exec failed");
		fail(exec, message);
		return;
	}
	path_of(exec, "pid", path);
	exec->process = read_pid(path);
	if (exec->process <= 0) {
		exec->process = 0;
		fail(exec, "crun exec left no process id");
		return;
	}
	if (exec->terminal) {
		exec->input = exec->output = accept_console(exec->listener);
		shut(&exec->listener);
		watch(epoll, exec->output);
		set_size(exec);
	}
	if (exec->signal_due != 0) signal_exec(exec, exec->signal_due);
}

static void process_ended(struct exec *exec, int status)
{
	char group[MOST_PATH];
	exec->process = 0;
	if (exec->ended) return;
	exec->ended = true;
	exec->kind = WIFSIGNALED(status) ? EXIT_SIGNAL : EXIT_CODE;
	exec->value = (uint8_t)(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	shut_input(exec);
	// What it left running ends with it.
	group_of(exec, group);
	kill_group(group);
}

bool exec_child_ended(struct exec *exec, int epoll, pid_t child, int status)
{
	if (child == exec->launcher) {
		launcher_ended(exec, epoll, status);
		return true;
	}
	if (child != exec->process) return false;
	process_ended(exec, status);
	return true;
}

void add_input(struct exec *exec, const uint8_t *bytes, size_t length)
{
	if (exec->ended || exec->input_ends) return;
	if (exec->input_held + length > EXEC_INPUT) {
		char group[MOST_PATH];
		group_of(exec, group);
		kill_group(group);
		fail(exec, "stdin overflow");
		return;
	}
	memmove(exec->input_bytes, exec->input_bytes + exec->input_start, exec->input_held);
	exec->input_start = 0;
	memcpy(exec->input_bytes + exec->input_held, bytes, length);
	exec->input_held += length;
}

void end_input(struct exec *exec)
{
	static const uint8_t END_OF_TRANSMISSION = 4;
	if (exec->terminal) add_input(exec, &END_OF_TRANSMISSION, 1);
	exec->input_ends = true;
}

void signal_exec(struct exec *exec, int signal)
{
	char group[MOST_PATH];
	if (exec->launcher != 0) exec->signal_due = signal;
	if (exec->process == 0) return;
	group_of(exec, group);
	if (signal == SIGKILL) kill_group(group);
	kill(exec->process, signal);
}

bool pump_input(struct exec *exec)
{
	if (exec->input < 0 || (exec->terminal && exec->process == 0)) return false;
	if (exec->input_held == 0) {
		if (!exec->input_ends || exec->terminal) return false;
		shut_input(exec);
		return true;
	}
	ssize_t sent = write(exec->input, exec->input_bytes + exec->input_start, exec->input_held);
	if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return false;
	// Nobody reads it any more: it is taken all the same, or the host would wait.
	if (sent <= 0) sent = (ssize_t)exec->input_held;
	exec->input_start += (size_t)sent;
	exec->input_held -= (size_t)sent;
	exec->taken += (uint32_t)sent;
	return true;
}

/* A piece of an output. Once the command has ended, an output that has nothing more is at its end. */
static bool pump_stream(struct exec *exec, int *stream, enum frame_type type, struct frame_writer *writer)
{
	if (*stream < 0) return false;
	ssize_t got = read(*stream, payload_of(writer), OUTPUT_PIECE);
	if (got > 0) {
		put_frame(writer, type, exec->channel, (size_t)got);
		return true;
	}
	if (got < 0 && errno == EINTR) return true;
	if (got < 0 && errno == EAGAIN && !exec->ended) return false;
	if (exec->input == *stream) exec->input = -1;
	shut(stream);
	return true;
}

static void put_end(const struct exec *exec, struct frame_writer *writer)
{
	uint8_t *payload = payload_of(writer);
	size_t length = 2;
	payload[0] = (uint8_t)exec->kind;
	payload[1] = exec->value;
	if (exec->kind == EXIT_FAILED) {
		length = 1 + strlen(exec->message);
		memcpy(payload + 1, exec->message, length - 1);
	}
	put_frame(writer, FRAME_EXIT, exec->channel, length);
}

bool pump_output(struct exec *exec, struct frame_writer *writer)
{
	if (exec->taken > 0) {
		uint32_t taken = exec->taken;
		const uint8_t bytes[] = {(uint8_t)taken, (uint8_t)(taken >> 8), (uint8_t)(taken >> 16), (uint8_t)(taken >> 24)};
		put_bytes(writer, FRAME_TAKEN, exec->channel, bytes, sizeof bytes);
		exec->taken = 0;
		return true;
	}
	if (pump_stream(exec, &exec->output, FRAME_STDOUT, writer)) return true;
	if (pump_stream(exec, &exec->error, FRAME_STDERR, writer)) return true;
	if (!exec->ended || exec->output >= 0 || exec->error >= 0) return false;
	put_end(exec, writer);
	drop_exec(exec);
	return true;
}

void drop_exec(struct exec *exec)
{
	static const char *const SUFFIXES[] = {"json", "pid", "log", "sock"};
	char path[MOST_PATH];
	group_of(exec, path);
	kill_group(path);
	shut_input(exec);
	shut(&exec->output);
	shut(&exec->error);
	shut(&exec->listener);
	for (size_t each = 0; each < sizeof SUFFIXES / sizeof *SUFFIXES; each++) {
		path_of(exec, SUFFIXES[each], path);
		unlink(path);
	}
	exec->used = false;
}
