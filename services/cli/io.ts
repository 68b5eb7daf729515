/** Where a command's text goes. */
export interface Output {
  write(text: string): void;
  /** The terminal's width in characters; undefined when this is no terminal. */
  columns(): number | undefined;
}

/** Everything a command touches of its process. */
export interface CliIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: Output;
  readonly err: Output;
  /** Writes bytes to standard output; settles when more may come. */
  bytes(piece: Uint8Array): Promise<void>;
  /** Standard input, from its beginning. */
  input(): AsyncIterable<Uint8Array>;
  /** Aborted by Ctrl-C, or when nobody reads the output any more. */
  readonly interrupted: AbortSignal;
}

/** Writes `text` and ends the line. */
export function printLine(output: Output, text: string): void {
  output.write(`${text}\n`);
}
