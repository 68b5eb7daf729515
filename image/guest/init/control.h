/* The port berth.control: a stop signal, without an agent or a supervisor. */
#pragma once

#include "guest.h"

/* Reads what came, and does it. */
bool serve_control(struct guest *guest);
