#include "devices.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

bool find_device(const char *class, const char *attribute, const char *value, char *path, size_t size)
{
	DIR *folder = opendir(class);
	if (folder == NULL) return false;
	bool found = false;
	for (struct dirent *entry; !found && (entry = readdir(folder)) != NULL;) {
		char file[320], text[64];
		if (entry->d_name[0] == '.') continue;
		snprintf(file, sizeof file, "%s/%s/%s", class, entry->d_name, attribute);
		if (read_text(file, text, sizeof text) < 0) continue;
		text[strcspn(text, "\n")] = '\0';
		found = strcmp(text, value) == 0;
		if (found) snprintf(path, size, "/dev/%s", entry->d_name);
	}
	closedir(folder);
	return found;
}
