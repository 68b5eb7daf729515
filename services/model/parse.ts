import { z } from "zod";
import { nearest } from "./nearest.ts";
import type { Reason } from "./reason.ts";
import { failure, type Result, success } from "./result.ts";

/**
 * Parses `input` by `schema`; on failure gives the first problem as a {@link Reason} that names the field, the value
 * found and what is allowed. Unknown fields name the nearest known one.
 */
export function parse<S extends z.ZodType>(schema: S, input: unknown): Result<z.output<S>> {
  const parsed = schema.safeParse(input, { reportInput: false });
  if (parsed.success) return success(parsed.data);
  const [first] = reasonsOf(schema, input, parsed.error);
  return failure(first ?? { code: "invalid-input", message: parsed.error.message });
}

/** Every problem of a failed parse, in the order zod found them. */
export function reasonsOf(schema: z.ZodType, input: unknown, error: z.ZodError): Reason[] {
  return error.issues.map((issue) => toReason(schema, input, issue));
}

type Issue = z.core.$ZodIssue;

function toReason(schema: z.ZodType, input: unknown, issue: Issue): Reason {
  switch (issue.code) {
    case "unrecognized_keys": {
      const key = issue.keys[0] ?? "";
      const field = fieldPath([...issue.path, key]);
      const known = knownKeys(schema, issue.path);
      const near = nearest(key, known);
      return {
        code: "unknown-field",
        message: `${field} is not a known field${near === undefined ? "" : `; did you mean ${near}?`}`,
        field,
        ...(known.length > 0 ? { allowed: known.join(", ") } : {}),
      };
    }
    case "invalid_union": {
      const deepest = deepestBranch(issue);
      if (deepest !== undefined) return toReason(schema, input, deepest);
      return fieldReason(
        schema,
        input,
        issue,
        valueAt(input, issue.path) === undefined ? "missing-field" : "invalid-value",
      );
    }
    case "invalid_key": {
      const [inner] = issue.issues;
      return inner === undefined
        ? fieldReason(schema, input, issue, "invalid-value")
        : {
            code: "invalid-value",
            message: `${fieldPath(issue.path)}: ${inner.message}`,
            field: fieldPath(issue.path),
            allowed: inner.message,
          };
    }
    case "invalid_type":
      return fieldReason(
        schema,
        input,
        issue,
        valueAt(input, issue.path) === undefined ? "missing-field" : "invalid-type",
      );
    default:
      return fieldReason(schema, input, issue, "invalid-value");
  }
}

function fieldReason(schema: z.ZodType, input: unknown, issue: Issue, code: string): Reason {
  const field = fieldPath(issue.path);
  const value = valueAt(input, issue.path);
  const name = field === "" ? "the input" : field;
  const plain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  const shown = plain && !isSecret(schema, issue.path);
  return {
    code,
    message: code === "missing-field" ? `${name} is missing` : `${name}: ${issue.message}`,
    ...(field === "" ? {} : { field }),
    ...(shown ? { value } : {}),
    allowed: allowedBy(issue),
  };
}

function allowedBy(issue: Issue): string {
  switch (issue.code) {
    case "invalid_value":
      return issue.values.map(String).join(", ");
    case "invalid_type":
      return issue.expected;
    case "too_big":
      return `at most ${issue.maximum}`;
    case "too_small":
      return `at least ${issue.minimum}`;
    case "custom":
      return typeof issue.params?.allowed === "string" ? issue.params.allowed : issue.message;
    default:
      return issue.message;
  }
}

/** Of a failed union, the issue of the branch that got furthest: the one the writer most likely meant. */
function deepestBranch(issue: Extract<Issue, { code: "invalid_union" }>): Issue | undefined {
  let best: Issue | undefined;
  for (const branch of issue.errors) {
    for (const inner of branch) {
      const full: Issue = { ...inner, path: [...issue.path, ...inner.path] };
      if (inner.path.length > 0 && (best === undefined || full.path.length > best.path.length)) best = full;
      if (inner.code === "unrecognized_keys" && best === undefined) best = full;
    }
  }
  return best;
}

/** Writes a path as a person would: `ports[0].host`. */
function fieldPath(path: readonly PropertyKey[]): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += text === "" ? String(part) : `.${String(part)}`;
  }
  return text;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const part of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

/** Whether the schema says of what is at `path` that nobody gets it back (JSON Schema's `writeOnly`). */
function isSecret(schema: z.ZodType, path: readonly PropertyKey[]): boolean {
  return schemasAt(schema, path).some((found) => z.globalRegistry.get(found)?.writeOnly === true);
}

/** The field names the schema knows at `path`. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  return schemasAt(schema, path).flatMap((found) => {
    const definition = definitionOf(found);
    return definition.type === "object" ? Object.keys(definition.shape) : [];
  });
}

/** Every schema that may hold at `path`, with the optional, default, array, record and union wrappers around it. */
function schemasAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType[] {
  const [head, ...rest] = path;
  const definition = definitionOf(schema);
  const own = head === undefined ? [schema] : [];
  switch (definition.type) {
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "readonly":
      return [...own, ...schemasAt(definition.innerType, path)];
    case "pipe":
      return [...own, ...schemasAt(definition.in, path)];
    case "array":
      return head === undefined ? own : schemasAt(definition.element, rest);
    case "record":
      return head === undefined ? own : schemasAt(definition.valueType, rest);
    case "union":
      return [...own, ...definition.options.flatMap((option) => schemasAt(option, path))];
    case "object": {
      const child = head === undefined ? undefined : definition.shape[String(head)];
      return child === undefined ? own : schemasAt(child, rest);
    }
    default:
      return own;
  }
}

function definitionOf(schema: z.core.$ZodType) {
  return schema._zod.def as z.core.$ZodTypes["_zod"]["def"];
}
