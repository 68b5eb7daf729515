/* Small files and the words in them. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Reads a file into `text`, closed by a zero byte; what does not fit is left out. Gives its length, or -1. */
long read_text(const char *path, char *text, size_t size);

/* Writes a file anew, for root only. */
bool write_bytes(const char *path, const void *bytes, size_t length);

/* Writes to a file of the kernel, in one write. */
bool write_setting(const char *path, const char *value);

/* The next line, without its end; undefined at the end of the text. `rest` goes on behind it. */
char *next_line(char **rest);

/* Splits a line at blanks, the last word being the rest of the line. Gives how many there are, `most` at most. */
int split_words(char *line, char *words[], int most);

/* A whole number that is all of the text and from 0 to `most`; -1 for anything else. */
long parse_number(const char *text, long most);
