import assert from "node:assert/strict";
import { test } from "node:test";
import { Workload } from "../model/workload.ts";
import { dependencyOrder } from "./dependency-order.ts";

function order(...manifests: [name: string, ...after: string[]][]): string[] {
  return dependencyOrder(manifests.map(([name, ...after]) => Workload.parse({ name, image: "x", after }))).map(
    ({ name }) => name,
  );
}

test("what others come after is given first, all else as it was written", () => {
  assert.deepEqual(order(["app", "db", "cache"], ["web"], ["cache", "db"], ["db"]), ["db", "cache", "app", "web"]);
  assert.deepEqual(order(["b"], ["a"]), ["b", "a"]);
});

test("what is not among them, and what waits for itself, changes nothing", () => {
  assert.deepEqual(order(["app", "elsewhere"]), ["app"]);
  assert.deepEqual(order(["a", "b"], ["b", "a"]).sort(), ["a", "b"]);
});
