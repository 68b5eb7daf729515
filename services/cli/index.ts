import { nearest } from "../model/nearest.ts";
import { type Reason, ReasonError, reasonOf } from "../model/reason.ts";
import type { Result } from "../model/result.ts";
import { parseArguments } from "./arguments.ts";
import { COMMANDS, type CommandEntry, DAEMONS } from "./commands.ts";
import { connectDevice } from "./connection.ts";
import { commandHelp, optionsOf, overview, usageLine } from "./help.ts";
import { type CliIo, type Output, printLine } from "./io.ts";
import { reasonLines } from "./reason-lines.ts";
import { INTERRUPTED } from "./run-order.ts";
import { resolveFleet, resolveTarget } from "./target.ts";

const FAILED = 1;
const WRONG_USE = 2;

/**
 * Runs one command of the client side. `argv` begins with the command's name. Gives the exit code: 0, 1 for a failure,
 * 2 for wrong use, 130 after Ctrl-C, or what the command's help says. Never throws: errors go to standard error.
 */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  const [name, ...words] = argv;
  try {
    if (name === undefined) {
      printLines(io.err, overview());
      return WRONG_USE;
    }
    if (name === "help" || name === "--help" || name === "-h") return await help(io, words);
    return await runCommand(io, findCommand(name === "--version" ? "version" : name), words);
  } catch (error) {
    if (io.interrupted.aborted) return INTERRUPTED;
    const reason = reasonOf(error);
    printError(io.err, reason);
    return reason.code === "usage" ? WRONG_USE : FAILED;
  }
}

async function runCommand(io: CliIo, entry: CommandEntry, words: readonly string[]): Promise<number> {
  const { command } = await entry.load();
  try {
    const args = unwrap(parseArguments(words, optionsOf(command)));
    if (args.flag("help")) {
      printLines(io.out, commandHelp(entry, command));
      return 0;
    }
    return await command.run({
      io,
      args,
      device: () => connectDevice(unwrap(resolveTarget(args, io.env))),
      fleet: () => unwrap(resolveFleet(args, io.env)),
    });
  } catch (error) {
    const reason = reasonOf(error);
    if (reason.code !== "usage") throw error;
    printError(io.err, reason);
    printLine(io.err, `Usage: ${usageLine(entry.name, command)}`);
    return WRONG_USE;
  }
}

async function help(io: CliIo, words: readonly string[]): Promise<number> {
  const [name] = words;
  if (name === undefined) {
    printLines(io.out, overview());
    return 0;
  }
  const daemon = DAEMONS.find((candidate) => candidate.name === name);
  if (daemon !== undefined) {
    printLine(io.out, `berth ${daemon.name}: ${daemon.summary}; a service, started by its systemd unit or by hand.`);
    return 0;
  }
  const entry = findCommand(name);
  printLines(io.out, commandHelp(entry, (await entry.load()).command));
  return 0;
}

function findCommand(name: string): CommandEntry {
  const entry = COMMANDS.find((candidate) => candidate.name === name);
  if (entry !== undefined) return entry;
  const near = nearest(
    name,
    [...COMMANDS, ...DAEMONS].map((known) => known.name),
  );
  throw new ReasonError({
    code: "usage",
    message: `there is no command ${name}${near === undefined ? "" : `; did you mean ${near}?`}`,
    allowed: "what berth help lists",
  });
}

function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new ReasonError(result.reason);
}

function printError(output: Output, reason: Reason): void {
  const [message, ...more] = reasonLines(reason);
  printLines(output, [`berth: ${message}`, ...more]);
}

function printLines(output: Output, lines: readonly string[]): void {
  for (const line of lines) printLine(output, line);
}
