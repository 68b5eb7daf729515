import { texts } from "../read.ts";
import type { KeyConverter } from "../service.ts";

export const capAdd: KeyConverter = (value, draft, service, field) => {
  const names = capabilities(value, field);
  if (names.includes("ALL")) service.leaveOut(field, "capabilities are added one by one, by name");
  const add = names.filter((name) => name !== "ALL");
  if (add.length > 0) draft.capabilities = { ...draft.capabilities, add };
};

export const capDrop: KeyConverter = (value, draft, _service, field) => {
  draft.capabilities = { ...draft.capabilities, drop: capabilities(value, field) };
};

function capabilities(value: unknown, field: string): string[] {
  return texts(value, field).map((name) => name.toUpperCase().replace(/^CAP_/, ""));
}

export const securityOpt: KeyConverter = (value, _draft, service, field) => {
  for (const [index, option] of texts(value, field).entries())
    if (!/^no-new-privileges(?:[:=]true)?$/.test(option)) service.leaveOut(`${field}[${index}]`, "not in this version");
};
