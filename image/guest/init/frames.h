/* Frames of the port berth.agent: what host and guest say to each other. All numbers are little-endian. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { FRAME_HEADER = 8, FRAME_MOST = 65536 };

enum frame_type {
	/* From the host */
	FRAME_EXEC = 1,      /* an OCI process, in JSON */
	FRAME_STDIN = 2,     /* bytes */
	FRAME_STDIN_END = 3, /* nothing */
	FRAME_KILL = 4,      /* u8 signal, to that exec */
	FRAME_SIGNAL = 5,    /* u8 signal, to the workload's first process */
	FRAME_PING = 6,      /* up to 64 bytes */
	FRAME_STATS_ASK = 7, /* nothing */
	FRAME_RESIZE = 8,    /* u16 columns, u16 rows */
	FRAME_HOSTS = 9,     /* the workload's /etc/hosts from now on */
	/* From the guest */
	FRAME_HELLO = 65,  /* text */
	FRAME_STDOUT = 66, /* bytes */
	FRAME_STDERR = 67, /* bytes */
	FRAME_EXIT = 68,   /* u8 kind; u8 code or signal, or text */
	FRAME_TAKEN = 69,  /* u32: how many bytes of STDIN the process has taken since the last */
	FRAME_PONG = 70,   /* what the ping said */
	FRAME_STATS = 71,  /* lines: a name and a number */
	FRAME_STARTED = 72,
	FRAME_FAILED_START = 73, /* text */
};

enum exit_kind { EXIT_CODE = 0, EXIT_SIGNAL = 1, EXIT_FAILED = 2 };

/* A frame that comes in piece by piece. */
struct frame_reader {
	size_t held;
	uint8_t bytes[FRAME_HEADER + FRAME_MOST];
};

struct frame {
	enum frame_type type;
	uint16_t channel;
	size_t length;
	const uint8_t *payload;
};

enum frame_state { FRAME_WHOLE, FRAME_PARTIAL, FRAME_BROKEN };

/*
 * Reads on, at most to the end of the frame. Whole: the frame is valid until the next call. Partial: nothing more is there
 * yet. Broken: what came is no frame of the host's; nothing behind it can be understood.
 */
enum frame_state read_frame(struct frame_reader *reader, int port, struct frame *frame);

/* A frame on its way out. */
struct frame_writer {
	size_t held, sent;
	uint8_t bytes[FRAME_HEADER + FRAME_MOST];
};

/* Whether a frame can be put in: the one before has gone. */
bool is_idle(const struct frame_writer *writer);

/* Where the payload of the next frame goes. */
uint8_t *payload_of(struct frame_writer *writer);

/* Puts a frame in whose payload is there already (see payload_of). */
void put_frame(struct frame_writer *writer, enum frame_type type, uint16_t channel, size_t length);

/* Puts a frame in. */
void put_bytes(struct frame_writer *writer, enum frame_type type, uint16_t channel, const void *bytes, size_t length);

/* Sends what the port takes. */
void send_frame(struct frame_writer *writer, int port);
