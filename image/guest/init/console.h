/* How crun hands over a terminal: its file descriptor comes over a unix socket. */
#pragma once

/* The socket that crun connects to. -1 when it cannot be made. */
int listen_console(const char *path);

/* The terminal that was handed over, read and written without waiting; -1 when there is none. */
int accept_console(int listener);
