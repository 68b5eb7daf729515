import { dlopen, ptr } from "bun:ffi";
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { createNotifier, unixAddress } from "./notify.ts";

const { symbols: libc } = dlopen("libc.so.6", {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
  close: { args: ["i32"], returns: "i32" },
});
const MSG_DONTWAIT = 0x40;

/** The service manager's end: a unix datagram socket. A datagram is there once its sender's call returned. */
class Manager {
  readonly #descriptor = libc.socket(1, 2, 0);

  constructor(address: Uint8Array) {
    assert.equal(libc.bind(this.#descriptor, ptr(address), address.length), 0, "bind(2)");
  }

  received(): string[] {
    const messages: string[] = [];
    const buffer = new Uint8Array(4096);
    for (;;) {
      const length = Number(libc.recv(this.#descriptor, ptr(buffer), buffer.length, MSG_DONTWAIT));
      if (length < 0) return messages;
      messages.push(new TextDecoder().decode(buffer.subarray(0, length)));
    }
  }

  close(): void {
    libc.close(this.#descriptor);
  }
}

/** The same address, written by hand from unix(7). */
function address(bytes: string): Uint8Array {
  return new Uint8Array([1, 0, ...new TextEncoder().encode(bytes)]);
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "berth-notify-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("createNotifier", () => {
  const places: Record<string, () => { name: string; bound: Uint8Array }> = {
    "a path": () => ({ name: join(folder, "notify"), bound: address(`${join(folder, "notify")}\0`) }),
    "an abstract name": () => {
      const name = `berth-${randomBytes(8).toString("hex")}`;
      return { name: `@${name}`, bound: address(`\0${name}`) };
    },
  };
  for (const [kind, place] of Object.entries(places)) {
    test(`speaks to the service manager at ${kind}`, () => {
      const { name, bound } = place();
      const manager = new Manager(bound);
      const notifier = createNotifier({ environment: { NOTIFY_SOCKET: name }, onError: assert.ifError });
      notifier.status("opening\nREADY=1");
      notifier.ready("3 workloads");
      notifier.keepAlive();
      notifier.stopping();
      assert.deepEqual(manager.received(), [
        "STATUS=opening READY=1",
        "READY=1\nSTATUS=3 workloads",
        "WATCHDOG=1",
        "STOPPING=1",
      ]);
      manager.close();
    });
  }

  test("keeps the socket from children", () => {
    const environment = { NOTIFY_SOCKET: join(folder, "notify"), PATH: "/bin" };
    createNotifier({ environment });
    assert.deepEqual(environment, { PATH: "/bin" });
  });

  test("does nothing without a service manager", () => {
    const notifier = createNotifier({ environment: {}, onError: assert.ifError });
    notifier.ready("on a laptop");
    notifier.keepAlive();
  });

  test("says what was not heard, and lets the service go on", () => {
    const errors: Error[] = [];
    const onError = (error: Error) => errors.push(error);
    createNotifier({ environment: { NOTIFY_SOCKET: join(folder, "nobody") }, onError }).ready("ok");
    createNotifier({ environment: { NOTIFY_SOCKET: "vsock:2:1234" }, onError }).ready("ok");
    assert.equal(errors.length, 2);
    assert.match(errors[0]?.message ?? "", /READY=1/);
    assert.match(errors[1]?.message ?? "", /vsock:2:1234/);
  });
});

test("a name too long for a socket is refused, the longest is not", () => {
  assert.throws(() => unixAddress(`/${"x".repeat(107)}`), RangeError);
  assert.equal(unixAddress(`/${"x".repeat(106)}`).length, 110);
  assert.throws(() => unixAddress(`@${"x".repeat(108)}`), RangeError);
});
