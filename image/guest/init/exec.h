/* A command that runs inside the workload for somebody at the host, on a channel of the agent's port. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "frames.h"

enum { EXEC_INPUT = 65536, EXEC_MESSAGE = 512 };

struct exec {
	bool used;
	uint16_t channel;
	/* Names its files and its control group; never used twice. */
	unsigned number;
	bool terminal;
	/* `crun exec`, while it runs, and then the command itself; 0 for none. */
	pid_t launcher, process;
	/* Where crun hands over the terminal. */
	int listener;
	/* Our ends of its pipes, or all the terminal; -1 when closed. */
	int input, output, error;
	/* Standard input that it has not taken yet. */
	size_t input_start, input_held;
	bool input_ends;
	uint32_t taken;
	/* What its terminal's size shall be; 0 while nobody has said. */
	unsigned short columns, rows;
	/* A signal that came before the command had a process id. */
	int signal_due;
	bool ended;
	enum exit_kind kind;
	uint8_t value;
	char message[EXEC_MESSAGE];
	uint8_t input_bytes[EXEC_INPUT];
};

/* Starts a command: an OCI process in JSON. Its ends are given to the epoll. When it does not start, it has ended. */
void start_exec(struct exec *exec, int epoll, const uint8_t *process, size_t length);

/* Takes note of a child's end. False when the child is none of this exec's. */
bool exec_child_ended(struct exec *exec, int epoll, pid_t child, int status);

/* Adds to its standard input. More than it can hold ends the exec. */
void add_input(struct exec *exec, const uint8_t *bytes, size_t length);

/* Its standard input ends after what was added. */
void end_input(struct exec *exec);

/* Sends it a signal; SIGKILL ends all it has started too. */
void signal_exec(struct exec *exec, int signal);

/* Sets its terminal's size. */
void resize_exec(struct exec *exec, unsigned columns, unsigned rows);

/* Hands on what input its pipe takes. True when something moved. */
bool pump_input(struct exec *exec);

/* Puts what is due of it into the writer, which must be idle: how much input it took, output, or its end. False when nothing is. */
bool pump_output(struct exec *exec, struct frame_writer *writer);

/* Kills it with all it has started, and forgets it. */
void drop_exec(struct exec *exec);
