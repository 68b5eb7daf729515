#include <arpa/inet.h>
#include <netinet/ether.h>
#include <string.h>

#include "network.h"
#include "text.h"

/* Splits ADDRESS/PREFIX. */
static bool parse_address(int family, char *text, void *address, int *prefix, int longest)
{
	char *slash = strchr(text, '/');
	if (slash == NULL) return false;
	*slash = '\0';
	*prefix = (int)parse_number(slash + 1, longest);
	return *prefix >= 0 && inet_pton(family, text, address) == 1;
}

static bool parse_mac(const char *text, uint8_t *mac)
{
	struct ether_addr address;
	if (strlen(text) != 17 || ether_aton_r(text, &address) == NULL) return false;
	memcpy(mac, &address, ETH_ALEN);
	return true;
}

static bool parse_value(struct network *network, const char *word, char *value)
{
	if (strcmp(word, "address4") == 0)
		return network->has_address4 = parse_address(AF_INET, value, &network->address4, &network->prefix4, 32);
	if (strcmp(word, "gateway4") == 0)
		return network->has_gateway4 = inet_pton(AF_INET, value, &network->gateway4) == 1;
	if (strcmp(word, "address6") == 0)
		return network->has_address6 = parse_address(AF_INET6, value, &network->address6, &network->prefix6, 128);
	if (strcmp(word, "gateway6") == 0)
		return network->has_gateway6 = inet_pton(AF_INET6, value, &network->gateway6) == 1;
	if (strcmp(word, "mac") == 0) return network->has_mac = parse_mac(value, network->mac);
	if (strcmp(word, "mtu") == 0) return (network->mtu = (int)parse_number(value, 65535)) >= 68;
	if (strcmp(word, "hostname") != 0 || strlen(value) >= sizeof network->hostname) return false;
	strcpy(network->hostname, value);
	return true;
}

const char *parse_network(char *text, struct network *network)
{
	memset(network, 0, sizeof *network);
	for (char *line; (line = next_line(&text)) != NULL;) {
		char *words[2];
		if (*line == '\0') continue;
		if (split_words(line, words, 2) != 2 || !parse_value(network, words[0], words[1])) return words[0];
	}
	return NULL;
}
