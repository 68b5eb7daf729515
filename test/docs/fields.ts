import { z } from "zod";

/** One field of what people write. */
export interface Field {
  /** Such as `ports[].host`; `*` stands for a name of one's own. */
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  /** The default; undefined where there is none. */
  readonly standard: unknown;
  readonly meaning: string;
}

/** The part of JSON Schema that zod makes of the project's schemas, as far as it is read here. */
const Node = z.object({
  type: z.string().optional(),
  description: z.string().default(""),
  default: z.unknown().optional(),
  required: z.array(z.string()).default([]),
  properties: z.record(z.string(), z.unknown()).default({}),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  additionalProperties: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  format: z.string().optional(),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  maximum: z.number().optional(),
  "x-form": z.string().optional(),
});
type Node = z.infer<typeof Node>;

/** Every field of a schema, each before those in it, in the schema's order. */
export function fieldsOf(schema: z.ZodType): Field[] {
  const { $defs = {}, ...root } = z.toJSONSchema(schema, {
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      const form = jsonSchema.type === "string" ? formOf(zodSchema) : undefined;
      if (form !== undefined) jsonSchema["x-form"] = form;
    },
  });
  const id = /^#\/\$defs\/(.+)$/.exec(root.$ref ?? "")?.[1];
  return within(Node.parse(id === undefined ? root : $defs[id]), "");
}

/** The fields below a node that stands at `path`. */
function within(node: Node, path: string): Field[] {
  if (node.items !== undefined) return within(Node.parse(node.items), `${path}[]`);
  if (isRecord(node.additionalProperties)) return within(Node.parse(node.additionalProperties), `${path}.*`);
  return Object.entries(node.properties).flatMap(([name, value]) => {
    const child = Node.parse(value);
    const field: Field = {
      path: path === "" ? name : `${path}.${name}`,
      type: typeOf(child),
      required: node.required.includes(name),
      standard: child.default,
      meaning: child.description,
    };
    return [field, ...within(child, field.path)];
  });
}

function typeOf(node: Node): string {
  if (node.anyOf !== undefined) return node.anyOf.map((one) => typeOf(Node.parse(one))).join(", or ");
  if (node.const !== undefined) return `\`${node.const}\``;
  if (node.enum !== undefined) return node.enum.map((value) => `\`${value}\``).join(", ");
  switch (node.type) {
    case "string":
      return node["x-form"] ?? FORMATS[node.format ?? ""] ?? "text";
    case "boolean":
      return "`true`, `false`";
    case "integer":
      return `whole number${bounds(node)}`;
    case "number":
      return `number${bounds(node)}`;
    case "array": {
      const item = Node.parse(node.items);
      return item.type === "object" ? "list" : `list of ${typeOf(item)}`;
    }
    case "object":
      return isRecord(node.additionalProperties) ? "map by name" : "group";
    default:
      throw new TypeError(`no words for ${JSON.stringify(node)}`);
  }
}

const FORMATS: Readonly<Record<string, string>> = { ipv4: "an IPv4 address", ipv6: "an IPv6 address" };

function bounds({ minimum, exclusiveMinimum, maximum }: Node): string {
  const most = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (exclusiveMinimum !== undefined) return ` above ${exclusiveMinimum}${most === undefined ? "" : ` to ${most}`}`;
  if (minimum === undefined) return most === undefined ? "" : ` up to ${most}`;
  return most === undefined ? ` from ${minimum}` : ` from ${minimum} to ${most}`;
}

/** What a person is told when a text has the wrong form: JSON Schema holds the pattern alone. */
function formOf(schema: z.core.$ZodType): string | undefined {
  const message = z.safeParse(schema, "\u0000").error?.issues[0]?.message;
  return message === undefined || /^(Invalid|Too |")/.test(message) ? undefined : message;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** What an example has at a field; undefined where it has nothing. */
export function exampleAt(example: unknown, path: string): unknown {
  const parts = path.replaceAll("[]", ".[]").split(".");
  return parts.reduce<unknown>((place, part) => {
    if (part === "[]") return Array.isArray(place) ? place[0] : undefined;
    if (!isRecord(place)) return undefined;
    return part === "*" ? Object.values(place)[0] : place[part];
  }, example);
}
