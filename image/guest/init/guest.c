#include "guest.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control.h"
#include "outputs.h"
#include "watch.h"
#include "wait.h"

enum { DRAIN_MILLISECONDS = 5000 };

/* Tells whoever started a child how it ended. */
static bool tell(struct guest *guest, pid_t child, int status)
{
	enum workload_state before = guest->workload.state;
	if (!workload_child_ended(&guest->workload, child, status)) return agent_child_ended(&guest->agent, child, status);
	if (guest->workload.state != before) tell_start(&guest->agent);
	return true;
}

/* Reaps one child of those that end before what they started is known: crun's own processes. */
static bool reap_launcher(struct guest *guest)
{
	int status;
	pid_t launchers[MOST_EXECS + 1] = {guest->workload.crun};
	for (int each = 0; each < MOST_EXECS; each++)
		launchers[each + 1] = guest->agent.execs[each].used ? guest->agent.execs[each].launcher : 0;
	for (int each = 0; each <= MOST_EXECS; each++) {
		pid_t launcher = launchers[each];
		if (launcher > 0 && waitpid(launcher, &status, WNOHANG) == launcher) return tell(guest, launcher, status);
	}
	return false;
}

/*
 * Reaps all that has ended. A child that is nobody's may be a command whose crun has ended just now, or it would not have come
 * to us: it stays a zombie until crun's own end has been read. After that it is a leftover.
 */
static void reap(struct guest *guest)
{
	siginfo_t ended = {0};
	for (;;) {
		while (reap_launcher(guest)) continue;
		ended.si_pid = 0;
		if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == 0) return;
		while (reap_launcher(guest)) continue;
		int status;
		if (waitpid(ended.si_pid, &status, WNOHANG) == ended.si_pid) tell(guest, ended.si_pid, status);
	}
}

static void take_signals(struct guest *guest, int signals)
{
	struct signalfd_siginfo ignored;
	bool any = false;
	while (read(signals, &ignored, sizeof ignored) == sizeof ignored) any = true;
	if (any) reap(guest);
}

/* One round of all that can be done without waiting. */
static bool serve(struct guest *guest)
{
	struct workload *workload = &guest->workload;
	bool ended = workload->state == WORKLOAD_ENDED && workload->process == 0;
	bool moved = serve_control(guest);
	for (int each = 0; each < 2; each++)
		if (pump_port(&workload->outputs[each], guest->outputs[each], ended)) moved = true;
	if (serve_agent(&guest->agent)) moved = true;
	return moved;
}

static bool is_done(const struct guest *guest)
{
	const struct workload *workload = &guest->workload;
	return workload->outputs[STDOUT] < 0 && workload->outputs[STDERR] < 0 && agent_is_quiet(&guest->agent);
}

static int watch_signals(int epoll)
{
	sigset_t children;
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	signal(SIGPIPE, SIG_IGN);
	int signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
	watch(epoll, signals);
	return signals;
}

void run_guest(struct guest *guest)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	int signals = watch_signals(epoll);
	guest->agent.epoll = epoll;
	guest->agent.workload = &guest->workload;
	watch(epoll, guest->outputs[STDOUT]);
	watch(epoll, guest->outputs[STDERR]);
	watch(epoll, guest->control);
	watch(epoll, guest->agent.port);
	create_workload(&guest->workload, epoll);
	bool moved = true;
	for (long end = 0;;) {
		struct epoll_event woken[8];
		if (guest->workload.state == WORKLOAD_ENDED) {
			if (end == 0) end = now() + DRAIN_MILLISECONDS;
			if (is_done(guest) || now() >= end) return;
		}
		epoll_wait(epoll, woken, sizeof woken / sizeof *woken, moved ? 0 : end == 0 ? -1 : 100);
		take_signals(guest, signals);
		moved = serve(guest);
	}
}
