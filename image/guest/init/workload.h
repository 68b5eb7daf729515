/* The workload: crun's container of the bundle, from its creation to its end. */
#pragma once
#include <stdbool.h>
#include <sys/types.h>

enum workload_state { WORKLOAD_CREATING, WORKLOAD_STARTING, WORKLOAD_RUNNING, WORKLOAD_ENDED };

enum { WORKLOAD_MESSAGE = 500, STDOUT = 0, STDERR = 1 };

struct workload {
	enum workload_state state;
	/* `crun create`, then `crun start`, while they run; and the first process of the container. */
	pid_t crun, process;
	/* Our ends of its outputs' pipes; -1 when closed. */
	int outputs[2];
	/* How its first process ended, as wait(2) has it. */
	int status;
	/* Why it did not come to run; empty when it did. */
	char message[WORKLOAD_MESSAGE];
	/* A stop signal that came before it ran: then it never does. */
	int stopped;
};

/* Has the container created. False, with the workload ended, when that cannot even begin. */
void create_workload(struct workload *workload, int epoll);

/* Takes note of a child's end. False when the child is none of the workload's. */
bool workload_child_ended(struct workload *workload, pid_t child, int status);

/* Sends its first process a signal. */
void signal_workload(const struct workload *workload, int signal);

/* As signal_workload; before it runs, this ends it. */
void stop_workload(struct workload *workload, int signal);

/* Ends it without ever having run. */
void fail_workload(struct workload *workload, const char *message);
