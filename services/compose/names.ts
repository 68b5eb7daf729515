/** A name as a DNS label, as workloads and volumes have it: `My_App` becomes `my-app`. Undefined when nothing is left. */
export function labelOf(name: string): string | undefined {
  const label = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 63)
    .replace(/^-+|-+$/g, "");
  return label === "" ? undefined : label;
}
