import assert from "node:assert/strict";
import { test } from "node:test";
import { parseChallenges } from "./challenge.ts";
import { Bench, pull } from "./fixtures/bench.ts";
import { madeImage, madeLayer } from "./fixtures/made-image.ts";
import { RegistryServer } from "./fixtures/registry-server.ts";

const NAME = "registry.test/app:1";

test("a token that has become worthless, or is about to expire, is renewed", async () => {
  await using server = await RegistryServer.start({ auth: true, tokenSeconds: 300 });
  await using bench = await Bench.create();
  server.add("app:1", madeImage([madeLayer("a"), madeLayer("b"), madeLayer("c")]));
  let now = Date.now();
  const images = await bench.open(server, { clock: { now: () => new Date(now) } });
  const tokens = () => server.seen.filter(({ host }) => host === "token").length;
  await pull(images, NAME);
  await pull(images, NAME);
  assert.equal(tokens(), 1);
  server.revokeTokens();
  await pull(images, NAME);
  assert.equal(tokens(), 2);
  now += 295_000;
  const before = server.seen.length;
  await pull(images, NAME);
  assert.equal(tokens(), 3);
  assert.equal(server.seen[before]?.authorization, undefined, "the old token is not sent in its last seconds");
});

test("tokens are asked for the repository, and go to the registry only", async () => {
  await using server = await RegistryServer.start({ auth: true, redirect: true });
  await using bench = await Bench.create();
  server.add("team/app:1", madeImage([madeLayer("a")]));
  await pull(await bench.open(server), "registry.test/team/app:1");
  const asked = server.seen.find(({ host }) => host === "token");
  assert.equal(asked?.path, "/token?service=test+registry&scope=repository%3Ateam%2Fapp%3Apull");
  const elsewhere = server.seen.filter(({ host }) => host !== "registry");
  assert.ok(elsewhere.some(({ host }) => host === "storage"));
  assert.ok(elsewhere.every(({ authorization }) => authorization === undefined));
});

test("challenges are read as they are written", () => {
  const parameters = (entries: Record<string, string>) => new Map(Object.entries(entries));
  assert.deepEqual(parseChallenges('Bearer realm="https://a/t?x=1,2",service=b, scope="repository:c:pull,push"'), [
    {
      scheme: "bearer",
      parameters: parameters({ realm: "https://a/t?x=1,2", service: "b", scope: "repository:c:pull,push" }),
    },
  ]);
  assert.deepEqual(parseChallenges('Basic realm="a \\"b\\"", Bearer realm=c'), [
    { scheme: "basic", parameters: parameters({ realm: 'a "b"' }) },
    { scheme: "bearer", parameters: parameters({ realm: "c" }) },
  ]);
  assert.deepEqual(parseChallenges(""), []);
  assert.deepEqual(parseChallenges('"'), []);
});
