import assert from "node:assert/strict";
import { test } from "node:test";
import { formatEvent, HEART_BEAT, readEvents, type ServerSentEvent } from "./sse.ts";

/** The events in a body that comes in pieces of `size` bytes. */
async function eventsOf(text: string, size: number): Promise<ServerSentEvent[]> {
  const bytes = new TextEncoder().encode(text);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let from = 0; from < bytes.length; from += size) controller.enqueue(bytes.slice(from, from + size));
      controller.close();
    },
  });
  const events: ServerSentEvent[] = [];
  for await (const event of readEvents(body)) events.push(event);
  return events;
}

test("what is written is read, in whatever pieces it comes", async () => {
  const events = [
    { event: "line", data: '{"message":"größer: ✓"}' },
    { event: "receipt", data: "{}", id: "7" },
  ];
  const text = events.map(formatEvent).join(HEART_BEAT);
  for (const size of [1, 3, 1000]) assert.deepEqual(await eventsOf(text, size), events);
});

test("heart beats and an event that breaks off give nothing", async () => {
  assert.deepEqual(await eventsOf(`${HEART_BEAT}event: line\ndata: {`, 5), []);
});
