/* The machine while the workload runs. */
#pragma once

#include "agent.h"
#include "workload.h"

struct guest {
	/* Ports of the workload's outputs, and of its stop signal. */
	int outputs[2], control;
	/* What came on the control port of a line that is not whole. */
	char line[32];
	size_t held;
	struct workload workload;
	struct agent agent;
};

/* Runs the workload to its end, and until its output has gone. */
void run_guest(struct guest *guest);
