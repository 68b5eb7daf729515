/* What the workload uses, seen from inside the guest. */
#pragma once
#include <stddef.h>

/* Lines of a name and a number. Gives the text's length. */
size_t describe_use(char *text, size_t size);
