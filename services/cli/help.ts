import type { OptionTable } from "./arguments.ts";
import type { Command } from "./command.ts";
import { COMMANDS, type CommandEntry, DAEMONS } from "./commands.ts";
import { DEVICE_OPTIONS, FLEET_OPTIONS } from "./target.ts";

const HELP_OPTION: OptionTable = { help: { kind: "flag", short: "h", summary: "print this help" } };

/** The options a command knows: its own, those that say where to, and --help. */
export function optionsOf(command: Command): OptionTable {
  return { ...command.options, ...targetOptions(command), ...HELP_OPTION };
}

/** The page of `berth help`. */
export function overview(): string[] {
  const names = [...COMMANDS, ...DAEMONS, { name: "help", summary: "" }].map(({ name }) => name.length);
  const size = Math.max(...names) + 2;
  const list = (entries: readonly { name: string; summary: string }[]) =>
    entries.map(({ name, summary }) => `  ${name.padEnd(size)}${summary}`);
  return [
    "Usage: berth COMMAND [OPTIONS] [OPERANDS]",
    "",
    "Commands:",
    ...list(COMMANDS),
    ...list([{ name: "help", summary: "this page, or berth help COMMAND" }]),
    "",
    "Services:",
    ...list(DAEMONS),
    "",
    "Which device:",
    ...optionLines(DEVICE_OPTIONS),
    "",
    "Without --device and --host it is the device the command runs on.",
    "Tokens: $BERTH_TOKEN for a host; $BERTH_FLEET_TOKEN or the file $BERTH_FLEET_DIR/token for a fleet.",
  ];
}

/** The page of `berth help COMMAND`. */
export function commandHelp(entry: CommandEntry, command: Command): string[] {
  const own = { ...command.options, ...HELP_OPTION };
  const target = targetOptions(command);
  return [
    `Usage: ${usageLine(entry.name, command)}`,
    "",
    `${entry.summary.charAt(0).toUpperCase()}${entry.summary.slice(1)}.`,
    ...(command.details === undefined ? [] : ["", command.details]),
    "",
    "Options:",
    ...optionLines(own),
    ...(Object.keys(target).length === 0 ? [] : ["", "Where to:", ...optionLines(target)]),
  ];
}

/** How a command is written. */
export function usageLine(name: string, command: Command): string {
  return `berth ${name} ${command.usage}`.trimEnd();
}

function targetOptions(command: Command): OptionTable {
  switch (command.reaches) {
    case "device":
      return DEVICE_OPTIONS;
    case "fleet":
      return FLEET_OPTIONS;
    case "nothing":
      return {};
  }
}

function optionLines(options: OptionTable): string[] {
  const written = Object.entries(options).map(([name, { short, value, summary }]) => ({
    text: `${short === undefined ? "    " : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`,
    summary,
  }));
  const size = Math.max(...written.map(({ text }) => text.length)) + 2;
  return written.map(({ text, summary }) => `  ${text.padEnd(size)}${summary}`);
}
