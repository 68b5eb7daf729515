#include "agent.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "hosts.h"
#include "stats.h"

static const char HELLO[] = "berth-guest 1\n";

static void notice(struct agent *agent, enum frame_type type, uint16_t channel, const void *payload, size_t length)
{
	if (!agent->connected || agent->notices == MOST_NOTICES) return;
	struct notice *notice = &agent->notice[(agent->first_notice + agent->notices++) % MOST_NOTICES];
	notice->type = type;
	notice->channel = channel;
	notice->length = length < NOTICE_SIZE ? length : NOTICE_SIZE;
	memcpy(notice->payload, payload, notice->length);
}

/* Forgets all that the last connection began. */
static void reset(struct agent *agent)
{
	for (int each = 0; each < MOST_EXECS; each++)
		if (agent->execs[each].used) drop_exec(&agent->execs[each]);
	agent->reader.held = agent->writer.held = agent->writer.sent = 0;
	agent->notices = 0;
	agent->deaf = false;
}

/* Nothing that follows can be understood. */
static void go_deaf(struct agent *agent)
{
	reset(agent);
	agent->deaf = true;
}

void tell_start(struct agent *agent)
{
	const struct workload *workload = agent->workload;
	if (workload->message[0] != '\0')
		notice(agent, FRAME_FAILED_START, 0, workload->message, strlen(workload->message));
	else if (workload->state == WORKLOAD_RUNNING) notice(agent, FRAME_STARTED, 0, "", 0);
}

static void follow_connection(struct agent *agent)
{
	struct pollfd state = {.fd = agent->port, .events = POLLIN};
	bool connected = poll(&state, 1, 0) >= 0 && (state.revents & POLLHUP) == 0;
	if (connected == agent->connected) return;
	reset(agent);
	agent->connected = connected;
	if (!connected) return;
	notice(agent, FRAME_HELLO, 0, HELLO, sizeof HELLO - 1);
	tell_start(agent);
}

static struct exec *find_exec(struct agent *agent, uint16_t channel)
{
	for (int each = 0; each < MOST_EXECS; each++)
		if (agent->execs[each].used && agent->execs[each].channel == channel) return &agent->execs[each];
	return NULL;
}

static void refuse(struct agent *agent, uint16_t channel, const char *why)
{
	char payload[64];
	payload[0] = EXIT_FAILED;
	strcpy(payload + 1, why);
	notice(agent, FRAME_EXIT, channel, payload, 1 + strlen(why));
}

static void begin_exec(struct agent *agent, const struct frame *frame)
{
	if (agent->workload->state != WORKLOAD_RUNNING) {
		refuse(agent, frame->channel, "not running");
		return;
	}
	// Two with one number: the host has lost count, and cannot tell them apart.
	if (find_exec(agent, frame->channel) != NULL) {
		go_deaf(agent);
		return;
	}
	for (int each = 0; each < MOST_EXECS; each++) {
		struct exec *exec = &agent->execs[each];
		if (exec->used) continue;
		memset(exec, 0, offsetof(struct exec, input_bytes));
		exec->used = true;
		exec->channel = frame->channel;
		exec->number = ++agent->execs_started;
		start_exec(exec, agent->epoll, frame->payload, frame->length);
		return;
	}
	refuse(agent, frame->channel, "too many");
}

static unsigned u16(const uint8_t *bytes)
{
	return bytes[0] | (unsigned)bytes[1] << 8;
}

/* Frames of an exec that has ended meanwhile are no mistake. */
static void handle_for_exec(struct agent *agent, const struct frame *frame)
{
	struct exec *exec = find_exec(agent, frame->channel);
	if (exec == NULL) return;
	if (frame->type == FRAME_STDIN) add_input(exec, frame->payload, frame->length);
	if (frame->type == FRAME_STDIN_END) end_input(exec);
	if (frame->type == FRAME_KILL && frame->length == 1) signal_exec(exec, frame->payload[0]);
	if (frame->type == FRAME_RESIZE && frame->length == 4)
		resize_exec(exec, u16(frame->payload), u16(frame->payload + 2));
}

static void handle(struct agent *agent, const struct frame *frame)
{
	char text[NOTICE_SIZE];
	switch (frame->type) {
	case FRAME_EXEC:
		begin_exec(agent, frame);
		break;
	case FRAME_SIGNAL:
		if (frame->length == 1) signal_workload(agent->workload, frame->payload[0]);
		break;
	case FRAME_PING:
		notice(agent, FRAME_PONG, frame->channel, frame->payload, frame->length < 64 ? frame->length : 64);
		break;
	case FRAME_STATS_ASK:
		notice(agent, FRAME_STATS, 0, text, describe_use(text, sizeof text));
		break;
	case FRAME_HOSTS:
		set_hosts(frame->payload, frame->length);
		break;
	default:
		handle_for_exec(agent, frame);
	}
}

static bool take_frame(struct agent *agent)
{
	static uint8_t ignored[4096];
	struct frame frame;
	// Every frame may ask for an answer: none is read that there is no place for.
	if (agent->notices > MOST_NOTICES - 2) return false;
	if (agent->deaf) return read(agent->port, ignored, sizeof ignored) > 0;
	switch (read_frame(&agent->reader, agent->port, &frame)) {
	case FRAME_WHOLE:
		handle(agent, &frame);
		return true;
	case FRAME_BROKEN:
		go_deaf(agent);
		return true;
	case FRAME_PARTIAL:
		break;
	}
	return false;
}

static bool fill_writer(struct agent *agent)
{
	if (agent->notices > 0) {
		const struct notice *notice = &agent->notice[agent->first_notice];
		put_bytes(&agent->writer, notice->type, notice->channel, notice->payload, notice->length);
		agent->first_notice = (agent->first_notice + 1) % MOST_NOTICES;
		agent->notices--;
		return true;
	}
	// In turns: one that floods does not keep the others from their output.
	for (unsigned each = 0; each < MOST_EXECS; each++) {
		struct exec *exec = &agent->execs[(agent->turn + each) % MOST_EXECS];
		if (!exec->used || !pump_output(exec, &agent->writer)) continue;
		agent->turn = (agent->turn + each + 1) % MOST_EXECS;
		return true;
	}
	return false;
}

bool serve_agent(struct agent *agent)
{
	follow_connection(agent);
	if (!agent->connected) return false;
	bool moved = take_frame(agent);
	for (int each = 0; each < MOST_EXECS; each++)
		if (agent->execs[each].used && pump_input(&agent->execs[each])) moved = true;
	if (is_idle(&agent->writer) && !agent->deaf && fill_writer(agent)) moved = true;
	if (!is_idle(&agent->writer)) {
		send_frame(&agent->writer, agent->port);
		if (is_idle(&agent->writer)) moved = true;
	}
	return moved;
}

bool agent_child_ended(struct agent *agent, pid_t child, int status)
{
	for (int each = 0; each < MOST_EXECS; each++) {
		struct exec *exec = &agent->execs[each];
		if (exec->used && exec_child_ended(exec, agent->epoll, child, status)) return true;
	}
	return false;
}

bool agent_is_quiet(const struct agent *agent)
{
	if (!agent->connected || agent->deaf) return true;
	for (int each = 0; each < MOST_EXECS; each++)
		if (agent->execs[each].used) return false;
	return agent->notices == 0 && is_idle(&agent->writer);
}
