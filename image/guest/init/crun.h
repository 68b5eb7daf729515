/* crun, which makes containers and runs commands in them. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* How one command of crun's is run. */
struct crun_call {
	/* The control group it and what it makes belong to: a folder. */
	const char *group;
	/* Where crun writes its own errors. */
	const char *log;
	/* Standard input, output and error; -1 for none. */
	int input, output, error;
	/* The command and its arguments, closed by NULL. */
	const char *const *arguments;
};

/* Starts it. Gives its process, or -1. */
pid_t start_crun(const struct crun_call *call);

/* The last error crun wrote to a log, as one line of printable text; false when there is none. */
bool read_crun_error(const char *log, char *message, size_t size);

/* A process id crun wrote to a file; -1 when there is none. */
pid_t read_pid(const char *path);
