/** Files that `import … with { type: "text" }` brings into the executable. (`*.txt` is declared by Bun's types.) */

declare module "*.sql" {
  const text: string;
  export default text;
}

declare module "*.css" {
  const text: string;
  export default text;
}

declare module "*.svg" {
  const text: string;
  export default text;
}
