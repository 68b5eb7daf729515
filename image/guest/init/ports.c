#include "ports.h"

#include <fcntl.h>
#include <stdbool.h>

#include "devices.h"
#include "report.h"
#include "wait.h"

struct search {
	const char *name;
	int port;
};

static bool look(void *argument)
{
	struct search *search = argument;
	char path[300];
	if (!find_device("/sys/class/virtio-ports", "name", search->name, path, sizeof path)) return false;
	search->port = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return search->port >= 0;
}

int open_port(const char *name)
{
	struct search search = {name, -1};
	if (!wait_until(look, &search)) warn("there is no port %s", name);
	return search.port;
}
