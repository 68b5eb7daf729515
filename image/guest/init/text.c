#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

long read_text(const char *path, char *text, size_t size)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0) return -1;
	size_t length = 0;
	while (length < size - 1) {
		ssize_t got = read(file, text + length, size - 1 - length);
		if (got < 0 && errno == EINTR) continue;
		if (got <= 0) break;
		length += (size_t)got;
	}
	close(file);
	text[length] = '\0';
	return (long)length;
}

bool write_bytes(const char *path, const void *bytes, size_t length)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (file < 0) return false;
	bool whole = write(file, bytes, length) == (ssize_t)length;
	close(file);
	return whole;
}

bool write_setting(const char *path, const char *value)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);
	if (file < 0) return false;
	size_t length = strlen(value);
	bool whole = write(file, value, length) == (ssize_t)length;
	close(file);
	return whole;
}

char *next_line(char **rest)
{
	char *line = *rest;
	if (*line == '\0') return NULL;
	char *end = strchr(line, '\n');
	if (end == NULL) {
		*rest = line + strlen(line);
	} else {
		*end = '\0';
		*rest = end + 1;
	}
	return line;
}

int split_words(char *line, char *words[], int most)
{
	int count = 0;
	while (*line != '\0' && count < most) {
		words[count++] = line;
		if (count == most) break;
		char *end = strchr(line, ' ');
		if (end == NULL) break;
		*end = '\0';
		line = end + 1;
	}
	return count;
}

long parse_number(const char *text, long most)
{
	if (*text < '0' || *text > '9') return -1;
	char *end;
	errno = 0;
	long number = strtol(text, &end, 10);
	return errno != 0 || *end != '\0' || number > most ? -1 : number;
}
