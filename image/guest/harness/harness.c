/* Runs one part of the guest's first process on this host, for its tests: what it takes on standard input, what it makes of it on
 * standard output. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../init/crun.h"
#include "../init/frames.h"
#include "../init/network.h"
#include "../init/result.h"

static int show_network(void)
{
	char text[1024], address[INET6_ADDRSTRLEN];
	struct network network;
	text[fread(text, 1, sizeof text - 1, stdin)] = '\0';
	const char *wrong = parse_network(text, &network);
	if (wrong != NULL) {
		printf("wrong: %s\n", wrong);
		return 0;
	}
	if (network.has_address4)
		printf("%s/%d\n", inet_ntop(AF_INET, &network.address4, address, sizeof address), network.prefix4);
	if (network.has_gateway4) printf("by %s\n", inet_ntop(AF_INET, &network.gateway4, address, sizeof address));
	if (network.has_address6)
		printf("%s/%d\n", inet_ntop(AF_INET6, &network.address6, address, sizeof address), network.prefix6);
	if (network.has_gateway6) printf("by %s\n", inet_ntop(AF_INET6, &network.gateway6, address, sizeof address));
	if (network.has_mac) printf("mac %02x…%02x\n", network.mac[0], network.mac[5]);
	if (network.mtu != 0) printf("mtu %d\n", network.mtu);
	if (network.hostname[0] != '\0') printf("name %s\n", network.hostname);
	return 0;
}

/* Frames until standard input ends or breaks, a byte of the payload each. */
static int show_frames(void)
{
	static struct frame_reader reader;
	struct frame frame;
	for (;;) {
		switch (read_frame(&reader, STDIN_FILENO, &frame)) {
		case FRAME_WHOLE:
			printf("%d on %u: %zu bytes, %c\n", frame.type, frame.channel, frame.length, frame.length > 0 ? *frame.payload : '-');
			break;
		case FRAME_PARTIAL:
			printf("partial, %zu held\n", reader.held);
			return 0;
		case FRAME_BROKEN:
			printf("broken\n");
			return 0;
		}
	}
}

/* A frame of standard input's bytes. */
static int write_frame(void)
{
	static struct frame_writer writer;
	size_t length = fread(payload_of(&writer), 1, FRAME_MOST, stdin);
	put_frame(&writer, FRAME_STDOUT, 0x1234, length);
	while (!is_idle(&writer)) send_frame(&writer, STDOUT_FILENO);
	return 0;
}

static int show_error(const char *log)
{
	char message[64];
	puts(read_crun_error(log, message, sizeof message) ? message : "none");
	return 0;
}

/* How an end is told: a wait status, whether memory ran out, a signal that came before, a message. */
static int show_end(char **words)
{
	static struct workload workload;
	char text[600];
	workload.status = atoi(words[0]);
	workload.stopped = atoi(words[2]);
	snprintf(workload.message, sizeof workload.message, "%s", words[3]);
	describe_end(&workload, words[1][0] == 'y', text, sizeof text);
	fputs(text, stdout);
	return 0;
}

int main(int count, char **words)
{
	if (count == 2 && strcmp(words[1], "network") == 0) return show_network();
	if (count == 2 && strcmp(words[1], "frames") == 0) return show_frames();
	if (count == 2 && strcmp(words[1], "frame") == 0) return write_frame();
	if (count == 3 && strcmp(words[1], "error") == 0) return show_error(words[2]);
	if (count == 6 && strcmp(words[1], "end") == 0) return show_end(words + 2);
	return 2;
}
