#include "workload.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crun.h"
#include "groups.h"
#include "watch.h"

static const char LOG[] = "/run/crun.log";
static const char PID[] = "/run/workload.pid";

static pid_t run_crun(const char *const *arguments, int output, int error)
{
	const struct crun_call call = {WORKLOAD_GROUP, LOG, -1, output, error, arguments};
	return start_crun(&call);
}

void fail_workload(struct workload *workload, const char *message)
{
	if (workload->message[0] == '\0') snprintf(workload->message, sizeof workload->message, "%s", message);
	workload->state = WORKLOAD_ENDED;
	kill_group(WORKLOAD_GROUP);
}

void create_workload(struct workload *workload, int epoll)
{
	static const char *const CREATE[] = {"create", "--bundle", "/run/bundle", "--pid-file", PID, "workload", NULL};
	int pipes[2][2];
	mkdir("/run/exec", 0700);
	for (int each = 0; each < 2; each++) {
		if (pipe2(pipes[each], O_CLOEXEC) != 0) {
			fail_workload(workload, "the guest has no pipes");
			return;
		}
		workload->outputs[each] = pipes[each][0];
		watch(epoll, pipes[each][0]);
	}
	workload->crun = run_crun(CREATE, pipes[STDOUT][1], pipes[STDERR][1]);
	close(pipes[STDOUT][1]);
	close(pipes[STDERR][1]);
	if (workload->crun < 0) fail_workload(workload, "the guest cannot start a process");
}

static void fail_by_log(struct workload *workload, const char *otherwise)
{
	char message[WORKLOAD_MESSAGE];
	fail_workload(workload, read_crun_error(LOG, message, sizeof message) ? message : otherwise);
}

static void created(struct workload *workload, int status)
{
	static const char *const START[] = {"start", "workload", NULL};
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fail_by_log(workload, "crun create failed");
		return;
	}
	workload->process = read_pid(PID);
	if (workload->process <= 0) {
		fail_workload(workload, "crun create left no process id");
		return;
	}
	workload->state = WORKLOAD_STARTING;
	workload->crun = run_crun(START, -1, -1);
	if (workload->crun < 0) fail_workload(workload, "the guest cannot start a process");
}

static void started(struct workload *workload, int status)
{
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fail_by_log(workload, "crun start failed");
	// However briefly it ran: its end may be known before crun's.
	else workload->state = workload->process == 0 ? WORKLOAD_ENDED : WORKLOAD_RUNNING;
}

static void process_ended(struct workload *workload, int status)
{
	char message[WORKLOAD_MESSAGE];
	workload->process = 0;
	workload->status = status;
	if (workload->crun == 0) workload->state = WORKLOAD_ENDED;
	// The command could not be executed: crun was still what ran.
	if (read_crun_error(LOG, message, sizeof message)) fail_workload(workload, message);
}

bool workload_child_ended(struct workload *workload, pid_t child, int status)
{
	if (child == workload->crun) {
		workload->crun = 0;
		if (workload->state == WORKLOAD_CREATING) created(workload, status);
		else if (workload->state == WORKLOAD_STARTING) started(workload, status);
		return true;
	}
	if (child != workload->process) return false;
	process_ended(workload, status);
	return true;
}

void signal_workload(const struct workload *workload, int signal)
{
	if (workload->process > 0) kill(workload->process, signal);
}

void stop_workload(struct workload *workload, int signal)
{
	if (workload->state == WORKLOAD_RUNNING) {
		signal_workload(workload, signal);
	} else if (workload->state != WORKLOAD_ENDED) {
		workload->stopped = signal;
		workload->state = WORKLOAD_ENDED;
		kill_group(WORKLOAD_GROUP);
	}
}
