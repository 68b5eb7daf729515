/* What the workload uses, seen from inside the guest. */
#pragma once
#include <stddef.h>

/* Bytes that can still be given out without taking from what is in use. */
unsigned long long available_memory(void);

/* Lines of a name and a number. Gives the text's length. */
size_t describe_use(char *text, size_t size);
