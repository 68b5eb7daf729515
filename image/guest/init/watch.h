/* What wakes the guest: every file it waits for, in one epoll. */
#pragma once

/*
 * Wakes when a file gets readable, writable or closed, once each time (EPOLLET): a port without a reader would otherwise wake
 * without end. It is read and written without waiting from now on.
 */
void watch(int epoll, int file);
