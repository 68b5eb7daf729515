/* How the workload ended, for the host: the last thing the guest writes. */
#pragma once

#include "workload.h"

/* The text of the result: a line, and a second one where the kernel killed it for want of memory. */
void describe_end(const struct workload *workload, bool outOfMemory, char *text, size_t size);

/* Whether the kernel has killed a process of the workload for want of memory. */
bool ran_out_of_memory(void);

/* Writes a result to its disk and ends the machine. */
_Noreturn void end_machine(const char *result);
