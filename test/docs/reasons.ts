import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { code, table } from "./markdown.ts";
import { REASON_MEANINGS } from "./reason-meanings.ts";

const SERVICES = join(import.meta.dirname, "../../services");
/** A reason's code as it is written in a reason, and in the functions that make one from a code. */
const WRITTEN = [/\bcode: "([a-z0-9-]+)"/g, /\b(?:refuse|fieldReason|notOverFleet)\([^()]*?"([a-z]+(?:-[a-z]+)+)"/g];
/** zod's own code for a check of ours. */
const FOREIGN = new Set(["custom"]);
/** Codes made from an order's status. */
const OF_STATUS: readonly string[] = ["failed", "rejected", "expired", "superseded", "cancelled"];
const BY_CHOICE = /\? "([a-z]+-[a-z]+)" : "([a-z]+-[a-z]+)"/g;

/** Where each reason code is written in the program, by code: folders of services/. */
function reasonPlaces(): Map<string, Set<string>> {
  const places = new Map<string, Set<string>>();
  const add = (found: string, folder: string) => {
    if (FOREIGN.has(found)) return;
    const folders = places.get(found) ?? new Set();
    places.set(found, folders.add(folder));
  };
  for (const name of readdirSync(SERVICES, { recursive: true, encoding: "utf8" }).sort()) {
    if (!name.endsWith(".ts") || name.endsWith(".test.ts") || name.includes("fixtures/")) continue;
    const text = readFileSync(join(SERVICES, name), "utf8");
    const [folder = ""] = name.split("/");
    for (const pattern of WRITTEN) for (const [, found = ""] of text.matchAll(pattern)) add(found, folder);
    for (const [, ...both] of text.matchAll(BY_CHOICE)) {
      for (const one of both) if (REASON_MEANINGS[one] !== undefined) add(one, folder);
    }
    if (text.includes("code: `order-${")) for (const status of OF_STATUS) add(`order-${status}`, folder);
  }
  return places;
}

/** What the table and the program disagree on: codes without a meaning, and meanings of no code. */
export function reasonMismatches(): { readonly unexplained: string[]; readonly unused: string[] } {
  const places = reasonPlaces();
  return {
    unexplained: [...places.keys()].filter((found) => REASON_MEANINGS[found] === undefined).sort(),
    unused: Object.keys(REASON_MEANINGS).filter((known) => !places.has(known)),
  };
}

/** Every reason code with its meaning and the parts of the program that give it. */
export function reasonTable(): string {
  const places = reasonPlaces();
  const rows = Object.entries(REASON_MEANINGS)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([known, meaning]) => [code(known), meaning, [...(places.get(known) ?? [])].sort().join(", ")]);
  return table(["Code", "Meaning", "Where"], rows);
}
