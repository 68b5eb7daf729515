import { nearest } from "../../model/nearest.ts";
import type { Command } from "../command.ts";
import { printJson } from "../json-option.ts";
import { jsonSchema, SCHEMAS } from "../schemas.ts";
import { usageError } from "../usage-error.ts";

/** `berth schema`: JSON Schema for editors and programs. */
export const command: Command = {
  usage: "[NAME]",
  details: `Without a NAME: workload, the manifest's schema. An editor with the YAML language server takes it by a first line
  # yaml-language-server: $schema=workload.schema.json`,
  reaches: "nothing",
  options: {},
  async run({ io, args }) {
    const [name = "workload", ...surplus] = args.operands;
    if (surplus.length > 0) throw usageError("more than one schema is named");
    const known = Object.keys(SCHEMAS);
    const schema = Object.hasOwn(SCHEMAS, name) ? SCHEMAS[name] : undefined;
    if (schema === undefined) {
      const near = nearest(name, known);
      throw usageError(
        `there is no schema ${name}${near === undefined ? "" : `; did you mean ${near}?`}`,
        known.join(", "),
      );
    }
    printJson(io, jsonSchema(schema));
    return 0;
  },
};
