import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "./api.ts";
import { keepFollowing, type LinkListener } from "./reconnect.ts";

function heard() {
  const words: string[] = [];
  const listener: LinkListener = {
    up: () => words.push("up"),
    down: (message) => words.push(`down: ${message}`),
    refused: () => words.push("refused"),
  };
  return { words, listener };
}

test("a stream that breaks is opened again and goes on", async () => {
  const { words, listener } = heard();
  const ending = new AbortController();
  let connection = 0;
  await keepFollowing<number>(
    async function* () {
      connection++;
      yield connection;
      if (connection === 1) throw new ApiError({ code: "unreachable", message: "away" }, 0);
      ending.abort();
    },
    (event) => words.push(String(event)),
    listener,
    ending.signal,
  );
  assert.deepEqual(words, ["up", "1", "down: The connection to the device was lost; trying again.", "up", "2"]);
});

test("a refused token ends it", async () => {
  const { words, listener } = heard();
  await keepFollowing<number>(
    // biome-ignore lint/correctness/useYield: it is refused before it gives anything
    async function* () {
      throw new ApiError({ code: "unauthorized", message: "no" }, 401);
    },
    () => {},
    listener,
    new AbortController().signal,
  );
  assert.deepEqual(words, ["refused"]);
});
