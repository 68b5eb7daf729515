import assert from "node:assert/strict";
import { test } from "node:test";
import { sumOf, trafficIn } from "./counters.ts";
import { refusedIn } from "./pids-watch.ts";

test("what was read is the sum over all disks", () => {
  const text = "254:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0\n254:16 rbytes=8192 wbytes=512\n";
  assert.equal(sumOf(text, "rbytes"), 12_288);
  assert.equal(sumOf(text, "wbytes"), 512);
  assert.equal(sumOf("", "rbytes"), 0);
});

test("traffic is that of every interface but the loopback one", () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     500       5    0    0    0     0          0         0      500       5    0    0    0     0       0          0
  eth0: 1200       10    0    0    0     0          0         0     3400      20    0    0    0     0       0          0
  eth1:100       1    0    0    0     0          0         0     7      2    0    0    0     0       0          0
`;
  assert.deepEqual(trafficIn(text), { received: 1300, sent: 3407 });
});

test("reads how many processes were refused", () => {
  assert.equal(refusedIn("max 12\n"), 12);
  assert.equal(refusedIn(""), 0);
});
