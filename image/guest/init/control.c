#include "control.h"

#include <string.h>
#include <unistd.h>

#include "text.h"

enum { HIGHEST_SIGNAL = 64 };

static void obey(struct guest *guest)
{
	char *words[2];
	if (split_words(guest->line, words, 2) != 2 || strcmp(words[0], "stop") != 0) return;
	long signal = parse_number(words[1], HIGHEST_SIGNAL);
	if (signal > 0) stop_workload(&guest->workload, (int)signal);
}

bool serve_control(struct guest *guest)
{
	char letter;
	if (read(guest->control, &letter, 1) != 1) return false;
	if (letter != '\n') {
		// A line too long for any word of ours is read over.
		if (guest->held < sizeof guest->line - 1) guest->line[guest->held++] = letter;
		return true;
	}
	guest->line[guest->held] = '\0';
	guest->held = 0;
	obey(guest);
	return true;
}
