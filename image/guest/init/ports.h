/* virtio-serial ports, known by their names. */
#pragma once

/* Opens a port to be read and written without waiting; it may take some seconds to appear. -1 when it does not. */
int open_port(const char *name);
