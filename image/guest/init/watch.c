#include "watch.h"

#include <fcntl.h>
#include <sys/epoll.h>

void watch(int epoll, int file)
{
	if (file < 0) return;
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.fd = file};
	fcntl(file, F_SETFL, fcntl(file, F_GETFL) | O_NONBLOCK);
	epoll_ctl(epoll, EPOLL_CTL_ADD, file, &event);
}
