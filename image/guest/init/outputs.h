/* The workload's outputs, from their pipes to the host's ports. */
#pragma once
#include <stdbool.h>

/* Moves what is there and what the port takes. True when there may be more; `*pipe` is -1 once it is at its end. */
bool pump_port(int *pipe, int port, bool ended);
