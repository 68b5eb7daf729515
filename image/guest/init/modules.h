/* Kernel modules, where what a guest needs is not built in. */
#pragma once

/* Lists of modules, in the order to load them in; without one there are none. */
#define MODULES_FOR_ALL "/modules.list"
#define MODULES_FOR_VOLUMES "/modules-volumes.list"

/* Loads the modules of a list, and takes their files out of memory. */
void load_modules(const char *list);

/* Takes the files of a list's modules out of memory. */
void drop_modules(const char *list);
