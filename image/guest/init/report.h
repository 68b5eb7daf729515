/* What the guest's console shows. */
#pragma once

/* Writes to the kernel's log as an error, which shows on a console however quiet. */
__attribute__((format(printf, 1, 2))) void warn(const char *format, ...);
