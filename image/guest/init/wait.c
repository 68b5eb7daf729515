#include "wait.h"

#include <time.h>
#include <unistd.h>

enum { LONGEST = 10000, PAUSE_MICROSECONDS = 1000 };

long now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_BOOTTIME, &time);
	return (long)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

bool wait_until(bool (*found)(void *), void *argument)
{
	long end = now() + LONGEST;
	while (!found(argument)) {
		if (now() > end) return false;
		usleep(PAUSE_MICROSECONDS);
	}
	return true;
}
