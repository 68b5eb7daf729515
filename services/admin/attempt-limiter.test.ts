import assert from "node:assert/strict";
import { test } from "node:test";
import { AttemptLimiter, addressGroup } from "./attempt-limiter.ts";

function limiter(most: number, windowMilliseconds: number) {
  let now = 0;
  return {
    limiter: new AttemptLimiter(() => now, { most, windowMilliseconds }),
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

test("an address may fail so often, then must wait, and is told how long", () => {
  const { limiter: attempts, pass } = limiter(3, 30_000);
  for (let count = 0; count < 3; count++) {
    assert.equal(attempts.wait("192.0.2.1"), 0);
    attempts.failed("192.0.2.1");
  }
  assert.equal(attempts.wait("192.0.2.1"), 10);
  pass(9_000);
  assert.equal(attempts.wait("192.0.2.1"), 1);
  pass(1_000);
  assert.equal(attempts.wait("192.0.2.1"), 0);
  attempts.failed("192.0.2.1");
  assert.equal(attempts.wait("192.0.2.1"), 10);
});

test("another address is not held up", () => {
  const { limiter: attempts } = limiter(1, 1000);
  attempts.failed("192.0.2.1");
  assert.equal(attempts.wait("192.0.2.2"), 0);
});

test("however many addresses try, the one that just failed is remembered", () => {
  const { limiter: attempts } = limiter(1, 1_000_000);
  for (let index = 0; index < 5000; index++) attempts.failed(`10.0.${index >> 8}.${index & 255}`);
  assert(attempts.wait("10.0.19.135") > 0);
  assert.equal(attempts.wait("10.0.0.0"), 0);
});

test("the addresses of one IPv6 network count as one sender, mapped IPv4 ones as themselves", () => {
  assert.equal(addressGroup("2001:db8:1:2:3:4:5:6"), addressGroup("2001:db8:1:2::9"));
  assert.notEqual(addressGroup("2001:db8:1:2::1"), addressGroup("2001:db8:1:3::1"));
  assert.equal(addressGroup("::ffff:192.0.2.1"), "192.0.2.1");
  assert.equal(addressGroup("fe80::1%eth0"), addressGroup("fe80::2"));
  assert.equal(addressGroup("::1"), "0:0:0:0::/64");
});
