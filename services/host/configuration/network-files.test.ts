import assert from "node:assert/strict";
import { test } from "node:test";
import { InterfaceSettings } from "../../model/configuration.ts";
import { networkFiles } from "./network-files.ts";

test("an interface with an address gets it, its gateway and its name servers", () => {
  const settings = InterfaceSettings.parse({
    match: "eth0",
    address: "192.168.1.5/24",
    gateway: "192.168.1.1",
    dns: ["192.168.1.1", "fd00::53"],
  });
  assert.deepEqual(networkFiles([settings]), [
    {
      name: "10-berth-0.network",
      content: `[Match]
Name=eth0

[Network]
Address=192.168.1.5/24
Gateway=192.168.1.1
DNS=192.168.1.1
DNS=fd00::53
`,
    },
  ]);
});

test("an interface without an address asks DHCP, keeps the device's name, and is known by its hardware", () => {
  assert.deepEqual(
    networkFiles([InterfaceSettings.parse({})]).map(({ content }) => content),
    [
      `[Match]
Name=en* eth*

[Network]
DHCP=yes

[DHCPv4]
ClientIdentifier=mac
UseHostname=no

[DHCPv6]
DUIDType=link-layer
UseHostname=no
`,
    ],
  );
});

test("the files are tried in the order of the settings, also when there are many", () => {
  const names = networkFiles(Array.from({ length: 11 }, () => InterfaceSettings.parse({}))).map(({ name }) => name);
  assert.deepEqual(names, names.toSorted());
  assert.equal(new Set(names).size, 11);
  assert.deepEqual(networkFiles([]), []);
});
