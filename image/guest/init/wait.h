/* Devices appear a moment after their driver. */
#pragma once
#include <stdbool.h>

/* Asks `found` again and again, for ten seconds at most. */
bool wait_until(bool (*found)(void *), void *argument);

/* Milliseconds since the boot. */
long now(void);
