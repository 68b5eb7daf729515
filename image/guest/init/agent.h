/* The agent: what the guest does for the host over the port berth.agent. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "exec.h"
#include "frames.h"
#include "workload.h"

enum { MOST_EXECS = 16, MOST_NOTICES = 32, NOTICE_SIZE = 512 };

/* A small frame that waits for its turn. */
struct notice {
	enum frame_type type;
	uint16_t channel;
	size_t length;
	uint8_t payload[NOTICE_SIZE];
};

struct agent {
	int port, epoll;
	struct workload *workload;
	bool connected;
	/* The host has said what is no frame: nothing is understood until it connects anew. */
	bool deaf;
	unsigned execs_started;
	/* Whose output is asked for first. */
	unsigned turn;
	/* A ring */
	size_t first_notice, notices;
	struct notice notice[MOST_NOTICES];
	struct exec execs[MOST_EXECS];
	struct frame_reader reader;
	struct frame_writer writer;
};

/* Does what can be done without waiting. True when there may be more. */
bool serve_agent(struct agent *agent);

/* Takes note of a child's end. False when the child is none of an exec's. */
bool agent_child_ended(struct agent *agent, pid_t child, int status);

/* Tells the host that the workload runs, or why it does not. */
void tell_start(struct agent *agent);

/* Whether all that was to be said has been said. */
bool agent_is_quiet(const struct agent *agent);
