const SIZE = 1024;
const HEADER = "# GRUB Environment Block\n";

/**
 * GRUB's environment block: always 1024 bytes, a `name=value` a line, filled up with `#`, so that GRUB can write it in
 * place. Throws an Error when the variables do not fit, or hold what a line cannot. Source: GRUB's manual, "The GRUB
 * environment block".
 */
export function grubEnvironment(variables: Readonly<Record<string, string>>): Uint8Array {
  const lines = Object.entries(variables).map(([name, value]) => {
    if (!/^\w+$/u.test(name)) throw new Error(`${name}: a variable's name is letters, digits and _`);
    if (/[\n\\#]/u.test(value))
      throw new Error(`${name}: its value (${JSON.stringify(value)}) may not hold \\, # or a new line`);
    return `${name}=${value}\n`;
  });
  const text = HEADER + lines.join("");
  const block = Buffer.from(text);
  if (block.length > SIZE) throw new Error(`${block.length} bytes of variables exceed the environment block's ${SIZE}`);
  return Buffer.concat([block, Buffer.alloc(SIZE - block.length, "#")]);
}

/** The environment of a disk that was just written: slot A is good, slot B is empty. */
export const FIRST_ENVIRONMENT: Readonly<Record<string, string>> = {
  ORDER: "A B",
  A_OK: "1",
  A_TRY: "0",
  B_OK: "0",
  B_TRY: "0",
};
