#include "report.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char PREFIX[] = "<3>berth-guest: ";

void warn(const char *format, ...)
{
	char line[512];
	memcpy(line, PREFIX, sizeof PREFIX);
	size_t length = sizeof PREFIX - 1;
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(line + length, sizeof line - length, format, arguments);
	va_end(arguments);
	int log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (log < 0) return;
	(void)!write(log, line, strlen(line));
	close(log);
}
