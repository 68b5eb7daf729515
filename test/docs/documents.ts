import { readFileSync } from "node:fs";
import { join } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { MESSAGES } from "../../services/agent/messages.ts";
import { openApiDocument } from "../../services/api/openapi.ts";
import type { Command } from "../../services/cli/command.ts";
import { command as flash } from "../../services/cli/commands/flash.ts";
import { command as keys } from "../../services/cli/commands/keys.ts";
import { command as verify } from "../../services/cli/commands/verify.ts";
import { COMMANDS } from "../../services/cli/commands.ts";
import { commandHelp } from "../../services/cli/help.ts";
import { jsonSchema, SCHEMAS } from "../../services/cli/schemas.ts";
import { KEY_FILES } from "../../services/keys/key-files.ts";
import { Configuration } from "../../services/model/configuration.ts";
import { contract, type Operation } from "../../services/model/contract.ts";
import { Workload } from "../../services/model/workload.ts";
import { addressOf, asyncApiDocument, expiryOf, MESSAGE_NAMES, WORDS } from "./asyncapi.ts";
import { fieldTable } from "./field-table.ts";
import { jsonText } from "./json-text.ts";
import { code, fenced, table, withPart } from "./markdown.ts";
import { reasonTable } from "./reasons.ts";

/** The folder of the documents. */
export const DOCS = join(import.meta.dirname, "../../docs");

/** Schemas that are kept as files, each as `berth schema NAME` prints it. */
const KEPT_SCHEMAS = ["workload", "configuration", "order", "receipt", "event", "state", "device"] as const;

/** Every generated document, and every page with a generated part, as the code has it now: text by path below docs/. */
export function documents(): Map<string, string> {
  const { version } = manifest;
  const texts = new Map<string, string>();
  for (const name of KEPT_SCHEMAS) {
    const schema = SCHEMAS[name];
    if (schema === undefined) throw new Error(`there is no schema ${name}`);
    texts.set(`schema/${name}.json`, jsonText(jsonSchema(schema)));
  }
  texts.set("protocol/asyncapi.json", jsonText(asyncApiDocument(version)));
  texts.set("protocol/openapi.json", jsonText(openApiDocument({ title: "Berth", version })));
  texts.set("manifest.md", page("manifest.md", { fields: (text) => fieldTable(Workload, example(text)) }));
  texts.set(
    "configuration.md",
    page("configuration.md", { fields: (text) => fieldTable(Configuration, example(text)) }),
  );
  texts.set("protocol.md", page("protocol.md", { topics: topicTable, operations: operationTable }));
  texts.set(
    "release.md",
    page("release.md", {
      "key-files": keyFileTable,
      "berth verify": () => helpOf("verify", verify),
      "berth flash": () => helpOf("flash", flash),
      "berth keys": () => helpOf("keys", keys),
    }),
  );
  texts.set("reasons.md", page("reasons.md", { codes: reasonTable }));
  return texts;
}

/** The value of a page's first example. */
export function example(text: string): unknown {
  return Bun.YAML.parse(fenced(text, "yaml"));
}

function page(name: string, parts: Readonly<Record<string, (text: string) => string>>): string {
  const text = readFileSync(join(DOCS, name), "utf8");
  return Object.entries(parts).reduce((whole, [part, make]) => withPart(whole, part, make(text)), text);
}

function topicTable(): string {
  const rows = MESSAGE_NAMES.map((name) => {
    const { branch, from, qos, retain } = MESSAGES[name];
    const expiry = expiryOf(name);
    return [
      code(addressOf(branch)),
      name,
      from,
      String(qos),
      retain ? "yes" : "",
      expiry === undefined ? WORDS[name].summary : `${WORDS[name].summary}; expires after ${expiry} s`,
    ];
  });
  return table(["Topic", "Message", "From", "QoS", "Retained", "What"], rows);
}

function operationTable(): string {
  const rows = Object.entries<Operation>(contract).map(([name, { method, path, summary, events }]) => [
    code(`${method.toUpperCase()} ${path}`),
    name,
    events === undefined ? "" : Object.keys(events).join(", "),
    summary,
  ]);
  return table(["Request", "Operation", "Stream of", "What"], rows);
}

function keyFileTable(): string {
  const rows = Object.values(KEY_FILES).map(({ name, secret, purpose }) => [
    code(name),
    secret ? "secret" : "public",
    purpose,
  ]);
  return table(["File", "", "What for"], rows);
}

/** A command's help as `berth help NAME` prints it. */
function helpOf(name: string, command: Command): string {
  const entry = COMMANDS.find((candidate) => candidate.name === name);
  if (entry === undefined) throw new Error(`there is no command ${name}`);
  return ["```text", ...commandHelp(entry, command), "```"].join("\n");
}
