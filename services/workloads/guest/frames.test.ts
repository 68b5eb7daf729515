import assert from "node:assert/strict";
import { test } from "node:test";
import { ASK, encodeFrame, FrameError, FrameReader, MOST_PAYLOAD, TELL } from "./frames.ts";

const text = (value: string) => new TextEncoder().encode(value);

test("a frame is its header and its payload", () => {
  assert.deepEqual([...encodeFrame(ASK.kill, 0x0102, new Uint8Array([9]))], [1, 0, 0, 0, 4, 0, 2, 1, 9]);
  assert.throws(() => encodeFrame(ASK.stdin, 1, new Uint8Array(MOST_PAYLOAD + 1)), RangeError);
});

test("frames are put together however the bytes come", () => {
  const bytes = [
    ...encodeFrame(TELL.stdout, 1, text("one")),
    ...encodeFrame(TELL.started, 0),
    ...encodeFrame(TELL.stderr, 2, text("two")),
  ];
  for (const size of [1, 3, 7, 100]) {
    const reader = new FrameReader();
    const found = [];
    for (let at = 0; at < bytes.length; at += size)
      found.push(...reader.push(new Uint8Array(bytes.slice(at, at + size))));
    assert.deepEqual(
      found.map(({ type, channel, payload }) => [type, channel, new TextDecoder().decode(payload)]),
      [
        [TELL.stdout, 1, "one"],
        [TELL.started, 0, ""],
        [TELL.stderr, 2, "two"],
      ],
    );
  }
});

test("what is no frame is refused before anything of it is kept", () => {
  const header = (length: number, type: number, reserved: number) => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setUint32(0, length, true);
    bytes[4] = type;
    bytes[5] = reserved;
    return bytes;
  };
  for (const bytes of [
    header(MOST_PAYLOAD + 1, TELL.stdout, 0),
    header(2 ** 32 - 1, TELL.stdout, 0),
    header(0, ASK.exec, 0),
    header(0, 200, 0),
    header(0, TELL.stdout, 1),
  ]) {
    assert.throws(() => new FrameReader().push(bytes), FrameError);
  }
});
