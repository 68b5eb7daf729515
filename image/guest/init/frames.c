#include "frames.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static size_t length_of(const uint8_t *header)
{
	return header[0] | (size_t)header[1] << 8 | (size_t)header[2] << 16 | (size_t)header[3] << 24;
}

static bool is_sound(const uint8_t *header)
{
	return length_of(header) <= FRAME_MOST && header[4] >= FRAME_EXEC && header[4] <= FRAME_HOSTS && header[5] == 0;
}

/* Reads until `wanted` bytes are held. */
static bool fill(struct frame_reader *reader, int port, size_t wanted)
{
	while (reader->held < wanted) {
		ssize_t got = read(port, reader->bytes + reader->held, wanted - reader->held);
		if (got < 0 && errno == EINTR) continue;
		if (got <= 0) return false;
		reader->held += (size_t)got;
	}
	return true;
}

enum frame_state read_frame(struct frame_reader *reader, int port, struct frame *frame)
{
	if (!fill(reader, port, FRAME_HEADER)) return FRAME_PARTIAL;
	if (!is_sound(reader->bytes)) return FRAME_BROKEN;
	size_t length = length_of(reader->bytes);
	if (!fill(reader, port, FRAME_HEADER + length)) return FRAME_PARTIAL;
	reader->held = 0;
	frame->type = reader->bytes[4];
	frame->channel = (uint16_t)(reader->bytes[6] | reader->bytes[7] << 8);
	frame->length = length;
	frame->payload = reader->bytes + FRAME_HEADER;
	return FRAME_WHOLE;
}

bool is_idle(const struct frame_writer *writer)
{
	return writer->held == 0;
}

uint8_t *payload_of(struct frame_writer *writer)
{
	return writer->bytes + FRAME_HEADER;
}

void put_frame(struct frame_writer *writer, enum frame_type type, uint16_t channel, size_t length)
{
	const uint8_t header[FRAME_HEADER] = {
		(uint8_t)length, (uint8_t)(length >> 8),  (uint8_t)(length >> 16), 0,
		(uint8_t)type,   0,                       (uint8_t)channel,        (uint8_t)(channel >> 8),
	};
	memcpy(writer->bytes, header, FRAME_HEADER);
	writer->held = FRAME_HEADER + length;
	writer->sent = 0;
}

void put_bytes(struct frame_writer *writer, enum frame_type type, uint16_t channel, const void *bytes, size_t length)
{
	memcpy(payload_of(writer), bytes, length);
	put_frame(writer, type, channel, length);
}

void send_frame(struct frame_writer *writer, int port)
{
	while (writer->sent < writer->held) {
		ssize_t sent = write(port, writer->bytes + writer->sent, writer->held - writer->sent);
		if (sent < 0 && errno == EINTR) continue;
		if (sent <= 0) return;
		writer->sent += (size_t)sent;
	}
	writer->held = writer->sent = 0;
}
