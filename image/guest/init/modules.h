/* Kernel modules, where what a guest needs is not built in. */
#pragma once

/* Loads the modules that /modules.list names, in its order, and takes their files out of memory. */
void load_modules(void);
