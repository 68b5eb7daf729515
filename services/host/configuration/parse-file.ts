import type { Reason } from "../../model/reason.ts";
import { parseYaml } from "../yaml.ts";
import { type Checked, checkConfiguration } from "./check.ts";
import { FILE_NAME } from "./places.ts";

/** Reads the bytes of a configuration file. `where` names their place in the problems' messages. */
export function parseConfigurationFile(bytes: Uint8Array, where: string): Checked {
  const checked = check(bytes);
  if (checked.ok) return checked;
  const prefix = `${FILE_NAME} on ${where}: `;
  return {
    ok: false,
    problems: checked.problems.map((problem) => ({ ...problem, message: prefix + problem.message })),
  };
}

function check(bytes: Uint8Array): Checked {
  const refuse = (problem: Reason): Checked => ({ ok: false, problems: [problem] });
  // What a file system leaves of a file that was not written to its end.
  if (bytes.includes(0)) {
    return refuse({ code: "configuration-torn", message: "it holds zero bytes: it was not written to its end" });
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return refuse({ code: "configuration-torn", message: "it is not UTF-8 text", allowed: "UTF-8 text" });
  }
  if (text.trim() === "") return refuse({ code: "configuration-torn", message: "it is empty" });
  const parsed = parseYaml(text);
  return parsed.ok ? checkConfiguration(parsed.value) : refuse(parsed.reason);
}
