#include "hosts.h"

#include <sys/stat.h>

#include "text.h"

static const char PATH[] = "/run/hosts";

bool set_hosts(const void *text, size_t length)
{
	return write_bytes(PATH, text, length);
}

void copy_hosts(void)
{
	char text[65537];
	long length = read_text("/run/bundle/hosts", text, sizeof text);
	set_hosts(text, length < 0 ? 0 : (size_t)length);
	chmod(PATH, 0644);
}
