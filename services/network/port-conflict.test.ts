import assert from "node:assert/strict";
import { test } from "node:test";
import { parseListeners } from "./listener.ts";
import { findPortConflict as find, portInUse } from "./port-conflict.ts";
import type { Publication } from "./publication.ts";

// As the kernel prints them: sshd on every address, resolved on 127.0.0.53, a connection, and a listener on ::1.
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
   1: 3500007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000   991        0 4712 1 0000000000000000 100 0 0 10 0
   2: 0F02000A:1F90 0202000A:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4713 1 0000000000000000 20 4 30 10 -1
`;
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5001 1 0000000000000000 100 0 0 10 0
   1: 00000000000000000000000001000000:1F91 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5002 1 0000000000000000 100 0 0 10 0
`;
const listeners = [...parseListeners("tcp", TCP), ...parseListeners("tcp", TCP6)];
const to = { v4: "10.88.0.9", v6: "fd12:3456:789a::a58:9" };
const findPortConflict = (
  ports: Parameters<typeof find>[0],
  others: readonly Publication[],
  sockets: typeof listeners,
) => find(ports, others, sockets, "10.88.0.1");
const port = (host: number, protocol: "tcp" | "udp" = "tcp") => ({ host, container: 80, protocol });

test("a port a socket of the device listens on is taken, and the error names field, value and holder", () => {
  const conflict = findPortConflict([port(8080), port(443)], [], listeners);
  assert.ok(conflict !== undefined && "socket" in conflict.holder);
  assert.equal(conflict.holder.socket.inode, "5001");
  const { reason } = portInUse(conflict, "berth");
  assert.equal(reason.code, "port-in-use");
  assert.equal(reason.field, "ports[1].host");
  assert.equal(reason.value, 443);
  assert.match(reason.message, /443\/tcp .* berth/);
});

test("connections and listeners on loopback addresses are in nobody's way", () => {
  assert.equal(findPortConflict([port(8080), port(53), port(8081)], [], listeners), undefined);
});

test("a port is published at 127.0.0.1, too, which a program may have", () => {
  const local = { protocol: "tcp", port: 9000, address: "127.0.0.1", inode: "1" } as const;
  assert.ok(findPortConflict([port(9000)], [], [local]));
  assert.equal(findPortConflict([{ ...port(9000), address: "10.0.2.15" }], [], [local]), undefined);
  assert.equal(findPortConflict([{ ...port(9000), interface: "eth0" }], [], [local]), undefined);
});

test("a name server may be published beside the device's own on the bridge", () => {
  const resolver = { protocol: "udp", port: 53, address: "10.88.0.1", inode: "1" } as const;
  assert.equal(findPortConflict([port(53, "udp")], [], [resolver]), undefined);
  assert.ok(findPortConflict([{ ...port(53, "udp"), address: "10.88.0.1" }], [], [resolver]));
});

test("one port of a range is enough", () => {
  const conflict = findPortConflict([{ ...port(8080), host: "440-450", container: "440-450" }], [], listeners);
  assert.ok(conflict !== undefined && "socket" in conflict.holder);
});

test("another workload's port is taken, for its protocol", () => {
  const others = [{ workload: "web", to, ...port(9000) }];
  const conflict = findPortConflict([port(9000)], others, []);
  assert.deepEqual(conflict?.holder, { workload: "web" });
  assert.equal(findPortConflict([port(9000, "udp")], others, []), undefined);
});

test("an unconnected UDP socket takes its port, a connected one does not", () => {
  const udp = parseListeners(
    "udp",
    `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  1: 00000000:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 6001 2 0000000000000000 0
  2: 0F02000A:8000 0302000A:007B 01 00000000:00000000 00:00000000 00000000     0        0 6002 2 0000000000000000 0
`,
  );
  assert.deepEqual(
    udp.map(({ port: number }) => number),
    [68],
  );
});
