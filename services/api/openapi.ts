import { z } from "zod";
import { contract, type Operation } from "../model/contract.ts";
import { Problem } from "../model/problem.ts";

/** The contract as an OpenAPI 3.1 document. Source: https://spec.openapis.org/oas/v3.1.1 */
export function openApiDocument(info: { title: string; version: string }): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [name, operation] of Object.entries<Operation>(contract)) {
    const path = paths[operation.path] ?? {};
    path[operation.method] = describe(name, operation);
    paths[operation.path] = path;
  }
  return {
    openapi: "3.1.1",
    info,
    security: [{ bearer: [] }],
    paths,
    components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
  };
}

function describe(name: string, operation: Operation): object {
  const body =
    operation.body === undefined
      ? {}
      : operation.body === "octets"
        ? { requestBody: { required: true, content: { "application/octet-stream": {} } } }
        : { requestBody: { required: true, content: json(operation.body, "input") } };
  return {
    operationId: name,
    summary: operation.summary,
    parameters: [...parameters("path", operation.parameters), ...parameters("query", operation.query)],
    ...body,
    responses: {
      [operation.status]: { description: operation.summary, content: answerContent(operation) },
      default: {
        description: "Why not",
        content: { "application/problem+json": { schema: schemaOf(Problem, "output") } },
      },
    },
  };
}

function answerContent(operation: Operation): object {
  if (operation.response !== undefined) return json(operation.response, "output");
  const events = Object.entries(operation.events ?? {}).map(([event, schema]) => ({
    type: "object",
    properties: { event: { const: event }, data: schemaOf(schema, "output") },
  }));
  return { "text/event-stream": { schema: { anyOf: events } } };
}

function parameters(place: "path" | "query", fields: Readonly<Record<string, z.ZodType>> = {}): object[] {
  return Object.entries(fields).map(([name, schema]) => ({
    name,
    in: place,
    required: place === "path",
    schema: schemaOf(schema, "input"),
  }));
}

function json(schema: z.ZodType, io: "input" | "output"): object {
  return { "application/json": { schema: schemaOf(schema, io) } };
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any", reused: "inline" });
  return rest;
}
