#include "network.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "report.h"
#include "text.h"

/* linux/ipv6.h, which musl does not have. */
struct in6_ifreq {
	struct in6_addr address;
	uint32_t prefix;
	int index;
};

static const char NAME[] = "eth0";

static struct ifreq request_for(const char *name)
{
	struct ifreq request;
	memset(&request, 0, sizeof request);
	strcpy(request.ifr_name, name);
	return request;
}

static bool ask(int socket, unsigned long what, void *request, const char *why)
{
	if (ioctl(socket, (int)what, request) == 0) return true;
	warn("network: %s: %m", why);
	return false;
}

static bool set_up(int socket, const char *name)
{
	struct ifreq request = request_for(name);
	if (!ask(socket, SIOCGIFFLAGS, &request, name)) return false;
	request.ifr_flags |= IFF_UP;
	return ask(socket, SIOCSIFFLAGS, &request, name);
}

static struct sockaddr internet(struct in_addr address)
{
	struct sockaddr_in typed = {.sin_family = AF_INET, .sin_addr = address};
	struct sockaddr plain;
	memcpy(&plain, &typed, sizeof plain);
	return plain;
}

static bool set_address4(int socket, const struct network *network)
{
	struct ifreq request = request_for(NAME);
	request.ifr_addr = internet(network->address4);
	if (!ask(socket, SIOCSIFADDR, &request, "IPv4 address")) return false;
	uint32_t mask = network->prefix4 == 0 ? 0 : ~0U << (32 - network->prefix4);
	request.ifr_netmask = internet((struct in_addr){htonl(mask)});
	return ask(socket, SIOCSIFNETMASK, &request, "IPv4 netmask");
}

static bool set_route4(int socket, const struct network *network)
{
	struct rtentry route = {
		.rt_dst = internet((struct in_addr){0}),
		.rt_genmask = internet((struct in_addr){0}),
		.rt_gateway = internet(network->gateway4),
		.rt_flags = RTF_UP | RTF_GATEWAY,
	};
	return ask(socket, SIOCADDRT, &route, "IPv4 route");
}

static bool set_address6(const struct network *network)
{
	int socket6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (socket6 < 0) {
		warn("network: IPv6: %m");
		return false;
	}
	int index = (int)if_nametoindex(NAME);
	struct in6_ifreq address = {network->address6, (uint32_t)network->prefix6, index};
	bool set = ask(socket6, SIOCSIFADDR, &address, "IPv6 address");
	if (set && network->has_gateway6) {
		struct in6_rtmsg route = {
			.rtmsg_gateway = network->gateway6,
			.rtmsg_metric = 1024,
			.rtmsg_flags = RTF_UP | RTF_GATEWAY,
			.rtmsg_ifindex = index,
		};
		set = ask(socket6, SIOCADDRT, &route, "IPv6 route");
	}
	close(socket6);
	return set;
}

static bool set_link(int socket, const struct network *network)
{
	struct ifreq request = request_for(NAME);
	if (network->has_mac) {
		request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
		memcpy(request.ifr_hwaddr.sa_data, network->mac, ETH_ALEN);
		if (!ask(socket, SIOCSIFHWADDR, &request, "hardware address")) return false;
	}
	if (network->mtu != 0) {
		request = request_for(NAME);
		request.ifr_mtu = network->mtu;
		if (!ask(socket, SIOCSIFMTU, &request, "MTU")) return false;
	}
	// The host gives addresses, and nobody else has them: no router is asked, and no address is tried out first.
	write_setting("/proc/sys/net/ipv6/conf/eth0/accept_ra", "0");
	write_setting("/proc/sys/net/ipv6/conf/eth0/accept_dad", "0");
	return set_up(socket, NAME);
}

bool configure_network(const struct network *network)
{
	if (network->hostname[0] != '\0') (void)!sethostname(network->hostname, strlen(network->hostname));
	int link = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (link < 0) return false;
	bool done = set_up(link, "lo");
	if (done && (network->has_address4 || network->has_address6)) done = set_link(link, network);
	if (done && network->has_address4) done = set_address4(link, network);
	if (done && network->has_gateway4) done = set_route4(link, network);
	if (done && network->has_address6) done = set_address6(network);
	close(link);
	return done;
}
