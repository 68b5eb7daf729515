import assert from "node:assert/strict";
import { test } from "node:test";
import { contract } from "../model/contract.ts";
import { openApiDocument } from "./openapi.ts";

const document: unknown = JSON.parse(JSON.stringify(openApiDocument({ title: "Berth", version: "0" })));

test("every operation of the contract is there, under its name", () => {
  const ids = valuesOf("operationId", document).sort();
  assert.deepEqual(ids, Object.keys(contract).sort());
});

test("every reference leads to a schema of the document", () => {
  const references = valuesOf("$ref", document);
  assert(references.includes("#/components/schemas/Receipt"));
  for (const reference of references) {
    const target = String(reference)
      .replace(/^#\//, "")
      .split("/")
      .reduce<unknown>((place, key) => (isObject(place) ? place[key] : undefined), document);
    assert(isObject(target), `${reference} leads nowhere`);
  }
});

test("a named schema stands in one place alone", () => {
  assert.deepEqual(valuesOf("$defs", document), []);
  assert.deepEqual(valuesOf("$schema", document), []);
});

test("fields with defaults may be left out of what is sent, and are there in what is answered", () => {
  const schemas = valuesOf("schemas", document)[0];
  assert(isObject(schemas) && isObject(schemas.Workload) && isObject(schemas.Receipt));
  assert.deepEqual(schemas.Workload.required, ["name", "image"]);
  assert(Array.isArray(schemas.Receipt.required) && schemas.Receipt.required.includes("verified"));
});

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Every value that stands under `key`, at any depth. */
function valuesOf(key: string, value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesOf(key, item));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, item]) => (name === key ? [item] : valuesOf(key, item)));
}
