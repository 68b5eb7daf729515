import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { parse } from "../model/parse.ts";
import { ReasonError } from "../model/reason.ts";
import { PATHS } from "./paths.ts";

/** Reads the file that `berth config apply` wrote for a service. */
export async function readConfiguration<S extends z.ZodType>(
  service: "supervisor" | "admin" | "agent",
  schema: S,
): Promise<z.output<S>> {
  const path = PATHS.configuration(service);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const message = `${path} is not there: berth config apply writes it at boot`;
    throw new ReasonError({ code: "configuration-missing", message, field: path }, { cause });
  }
  const parsed = parse(schema, JSON.parse(text));
  if (!parsed.ok) throw new ReasonError(parsed.reason);
  return parsed.value;
}
