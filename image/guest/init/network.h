/* The guest's network: lo, and eth0 with the addresses the host gave. */
#pragma once
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* What the bundle's `network` says; a part that is missing there is unset. */
struct network {
	bool has_address4, has_gateway4, has_address6, has_gateway6, has_mac;
	struct in_addr address4, gateway4;
	struct in6_addr address6, gateway6;
	int prefix4, prefix6;
	uint8_t mac[ETH_ALEN];
	/* 0: the kernel's own */
	int mtu;
	char hostname[65];
};

/* Reads the text of `network`: a line a word and its value. Gives the word that is wrong, or NULL. */
const char *parse_network(char *text, struct network *network);

/* Brings lo up, and eth0 where it has an address. False when the kernel does not take a part. */
bool configure_network(const struct network *network);
