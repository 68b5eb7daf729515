import type { ApiClient } from "../api/client.ts";
import type { Arguments, OptionTable } from "./arguments.ts";
import type { CliIo } from "./io.ts";
import type { Server } from "./target.ts";

/** What a running command is given. */
export interface CommandContext {
  readonly io: CliIo;
  readonly args: Arguments;
  /** The device the options and the environment name. Throws a `ReasonError`, of code usage where they are wrong. */
  device(): Promise<ApiClient>;
  /** The fleet they name. */
  fleet(): Server;
}

/** A command of the client side. Each is one file below commands/. */
export interface Command {
  /** Operands and options of its own as the help shows them, such as `[--detach] FILE…`. */
  readonly usage: string;
  /** Further help, whole lines. */
  readonly details?: string;
  /** What it speaks to; decides which target options it knows. */
  readonly reaches: "device" | "fleet" | "nothing";
  readonly options: OptionTable;
  /** Gives the exit code. Throws a `ReasonError`; code `usage` for a wrong command line. */
  run(context: CommandContext): Promise<number>;
}
