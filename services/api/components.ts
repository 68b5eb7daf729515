import { z } from "zod";

/** Whether a schema is of what is sent, where fields with defaults may be left out, or of what is answered. */
type Side = "input" | "output";

const Schema = z.record(z.string(), z.unknown());

/**
 * The named schemas of one document, each in one place: a schema with an id (`meta({ id })`) stands below `prefix`, and
 * whatever uses it refers to it there.
 */
export class Components {
  readonly #prefix: string;
  readonly #schemas = new Map<string, object>();

  /** `prefix` is where the document shows {@link all}. */
  constructor(prefix = "#/components/schemas/") {
    this.#prefix = prefix;
  }

  /**
   * A zod schema as JSON Schema 2020-12, its named parts as references.
   *
   * @throws TypeError where one id would stand for two different schemas
   */
  of(schema: z.ZodType, side: Side): object {
    const { $schema: _, $defs = {}, ...own } = z.toJSONSchema(schema, { io: side, unrepresentable: "any" });
    for (const [id, part] of Object.entries($defs)) this.#add(id, this.#relocated(part));
    return this.#relocated(own);
  }

  /** Every named schema that was used, by its id. */
  all(): Readonly<Record<string, object>> {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #add(id: string, schema: object): void {
    const known = this.#schemas.get(id);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) {
      throw new TypeError(`${id} would stand for two schemas, such as what is sent and what is answered`);
    }
    this.#schemas.set(id, schema);
  }

  /** zod refers to `#/$defs/ID` of a document of its own. */
  #relocated(schema: object): object {
    const text = JSON.stringify(schema, (key, value: unknown) =>
      key === "$ref" && typeof value === "string" ? value.replace(/^#\/\$defs\//, this.#prefix) : value,
    );
    return Schema.parse(JSON.parse(text));
  }
}
