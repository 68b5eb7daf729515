/*
 * The first process of a micro-VM: mounts what the host gives as disks, sets the network, has crun run the workload, and serves
 * the host's agent until it ends. docs/decisions/0032 says why it is as it is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disks.h"
#include "groups.h"
#include "guest.h"
#include "hosts.h"
#include "modules.h"
#include "mounts.h"
#include "network.h"
#include "ports.h"
#include "result.h"
#include "text.h"

enum { MOST_LAYERS = 500 };

/* The kernel's command line says how many layers there are. */
static int layer_count(void)
{
	static const char WORD[] = "berth.layers=";
	char text[4096];
	if (read_text("/proc/cmdline", text, sizeof text) <= 0) return 0;
	const char *at = strstr(text, WORD);
	int count = at == NULL ? 0 : atoi(at + sizeof WORD - 1);
	return count < 0 || count > MOST_LAYERS ? 0 : count;
}

static bool set_network(char *message, size_t size)
{
	struct network network;
	char text[1024];
	if (read_text("/run/bundle/network", text, sizeof text) < 0) text[0] = '\0';
	const char *wrong = parse_network(text, &network);
	if (wrong != NULL) {
		snprintf(message, size, "the bundle's network has a wrong line: %s", wrong);
		return false;
	}
	if (configure_network(&network)) return true;
	snprintf(message, size, "the network cannot be set as the host gives it");
	return false;
}

static bool set_limits(char *message, size_t size)
{
	char text[4096];
	if (read_text("/run/bundle/limits", text, sizeof text) < 0) text[0] = '\0';
	const char *wrong = make_workload_group(text);
	if (wrong == NULL) return true;
	snprintf(message, size, "the limit %s cannot be set", wrong);
	return false;
}

static bool open_ports(struct guest *guest, char *message, size_t size)
{
	guest->outputs[STDOUT] = open_port("berth.stdout");
	guest->outputs[STDERR] = open_port("berth.stderr");
	guest->control = open_port("berth.control");
	guest->agent.port = open_port("berth.agent");
	bool all = guest->outputs[STDOUT] >= 0 && guest->outputs[STDERR] >= 0 && guest->control >= 0 && guest->agent.port >= 0;
	if (!all) snprintf(message, size, "a port of the machine is missing");
	return all;
}

static bool prepare(struct guest *guest, char *message, size_t size)
{
	mount_kernel_file_systems();
	load_modules(MODULES_FOR_ALL);
	leave_rootfs();
	if (!mount_disk("bundle", "/run/bundle")) {
		snprintf(message, size, "the bundle cannot be mounted");
		return false;
	}
	copy_hosts();
	return mount_root(layer_count(), message, size) && mount_volumes(message, size) && set_network(message, size) &&
	       set_limits(message, size) && open_ports(guest, message, size);
}

int main(void)
{
	// In no need of more memory once the workload runs.
	static struct guest guest;
	char result[600], message[400];
	if (!prepare(&guest, message, sizeof message)) {
		snprintf(result, sizeof result, "failed %s\n", message);
		end_machine(result);
	}
	run_guest(&guest);
	describe_end(&guest.workload, ran_out_of_memory(), result, sizeof result);
	end_machine(result);
}
