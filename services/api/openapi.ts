import type { z } from "zod";
import { contract, type Operation } from "../model/contract.ts";
import { Problem } from "../model/problem.ts";
import { Components } from "./components.ts";

/** The contract as an OpenAPI 3.1 document. Source: https://spec.openapis.org/oas/v3.1.1 */
export function openApiDocument(info: { title: string; version: string }): object {
  const schemas = new Components();
  const paths: Record<string, Record<string, object>> = {};
  for (const [name, operation] of Object.entries<Operation>(contract)) {
    const path = paths[operation.path] ?? {};
    path[operation.method] = describe(name, operation, schemas);
    paths[operation.path] = path;
  }
  return {
    openapi: "3.1.1",
    info,
    security: [{ bearer: [] }],
    paths,
    components: { schemas: schemas.all(), securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
  };
}

function describe(name: string, operation: Operation, schemas: Components): object {
  const body =
    operation.body === undefined
      ? {}
      : operation.body === "octets"
        ? { requestBody: { required: true, content: { "application/octet-stream": {} } } }
        : { requestBody: { required: true, content: json(schemas.of(operation.body, "input")) } };
  return {
    operationId: name,
    summary: operation.summary,
    parameters: [
      ...parameters("path", operation.parameters, schemas),
      ...parameters("query", operation.query, schemas),
    ],
    ...body,
    responses: {
      [operation.status]: { description: operation.summary, content: answerContent(operation, schemas) },
      default: {
        description: "Why not",
        content: { "application/problem+json": { schema: schemas.of(Problem, "output") } },
      },
    },
  };
}

function answerContent(operation: Operation, schemas: Components): object {
  if (operation.response === "octets") return { "application/octet-stream": {} };
  if (operation.response !== undefined) return json(schemas.of(operation.response, "output"));
  const events = Object.entries(operation.events ?? {}).map(([event, schema]) => ({
    type: "object",
    properties: { event: { const: event }, data: schemas.of(schema, "output") },
  }));
  return { "text/event-stream": { schema: { anyOf: events } } };
}

function parameters(
  place: "path" | "query",
  fields: Readonly<Record<string, z.ZodType>> = {},
  schemas: Components,
): object[] {
  return Object.entries(fields).map(([name, schema]) => ({
    name,
    in: place,
    required: place === "path",
    schema: schemas.of(schema, "input"),
  }));
}

function json(schema: object): object {
  return { "application/json": { schema } };
}
