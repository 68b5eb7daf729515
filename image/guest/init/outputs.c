#include "outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

enum { PIECE = 65536 };

bool pump_port(int *pipe, int port, bool ended)
{
	if (*pipe < 0) return false;
	// Pages, not copies; and nothing to keep here while the port takes nothing.
	ssize_t moved = splice(*pipe, NULL, port, NULL, PIECE, SPLICE_F_NONBLOCK);
	if (moved > 0 || (moved < 0 && errno == EINTR)) return true;
	bool broken = moved < 0 && errno != EAGAIN;
	// An empty pipe gives nothing or EAGAIN, like a port without room: only the pipe knows which.
	struct pollfd state = {.fd = *pipe, .events = POLLIN};
	poll(&state, 1, 0);
	bool empty = (state.revents & POLLIN) == 0;
	bool closed = (state.revents & POLLHUP) != 0;
	if (!broken && !(empty && (closed || ended))) return false;
	close(*pipe);
	*pipe = -1;
	return true;
}
