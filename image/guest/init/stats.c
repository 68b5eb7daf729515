#include "stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"
#include "text.h"

/* A file that is a number. */
static unsigned long long number_in(const char *path)
{
	char text[32];
	return read_text(path, text, sizeof text) <= 0 ? 0 : strtoull(text, NULL, 10);
}

/* The number behind a word at a line's start. */
static unsigned long long field_in(const char *path, const char *word)
{
	char text[4096];
	size_t length = strlen(word);
	if (read_text(path, text, sizeof text) <= 0) return 0;
	char *rest = text;
	for (char *line; (line = next_line(&rest)) != NULL;)
		if (strncmp(line, word, length) == 0) return strtoull(line + length, NULL, 10);
	return 0;
}

unsigned long long available_memory(void)
{
	return field_in("/proc/meminfo", "MemAvailable:") * 1024;
}

size_t describe_use(char *text, size_t size)
{
	int length = snprintf(
		text, size,
		"memory %llu\nmemory-total %llu\nmemory-available %llu\ncpu-usec %llu\npids %llu\nnet-rx %llu\nnet-tx %llu\n",
		number_in(WORKLOAD_GROUP "/memory.current"), field_in("/proc/meminfo", "MemTotal:") * 1024,
		available_memory(), field_in(WORKLOAD_GROUP "/cpu.stat", "usage_usec "),
		number_in(WORKLOAD_GROUP "/pids.current"), number_in("/sys/class/net/eth0/statistics/rx_bytes"),
		number_in("/sys/class/net/eth0/statistics/tx_bytes"));
	return length < 0 ? 0 : (size_t)length < size ? (size_t)length : size - 1;
}
