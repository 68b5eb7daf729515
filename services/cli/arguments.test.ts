import assert from "node:assert/strict";
import { test } from "node:test";
import { type Arguments, type OptionTable, parseArguments } from "./arguments.ts";

const OPTIONS: OptionTable = {
  follow: { kind: "flag", short: "f", summary: "" },
  timestamps: { kind: "flag", short: "t", summary: "" },
  tail: { kind: "count", short: "n", value: "N", most: 100, summary: "" },
  host: { kind: "text", value: "URL", summary: "" },
};

function parsed(...words: string[]): Arguments {
  const result = parseArguments(words, OPTIONS);
  assert(result.ok, "it should parse");
  return result.value;
}

function refused(...words: string[]) {
  const result = parseArguments(words, OPTIONS);
  assert(!result.ok, "it should be refused");
  assert.equal(result.reason.code, "usage");
  return result.reason;
}

test("options stand before, between and after operands", () => {
  const args = parsed("--tail", "5", "web", "-f", "db", "--host=https://x");
  assert.deepEqual(args.operands, ["web", "db"]);
  assert.equal(args.count("tail"), 5);
  assert.equal(args.flag("follow"), true);
  assert.equal(args.flag("timestamps"), false);
  assert.equal(args.text("host"), "https://x");
  assert.equal(args.rest, undefined);
});

test("short flags join, and a short option takes its value from the same word or the next", () => {
  assert.equal(parsed("-ftn7").count("tail"), 7);
  assert.equal(parsed("-ft").flag("timestamps"), true);
  assert.equal(parsed("-n", "7").count("tail"), 7);
  assert.equal(parsed("-n=7").count("tail"), 7);
});

test("after -- nothing is an option", () => {
  const args = parsed("web", "--", "ls", "-f", "--tail", "x", "--");
  assert.deepEqual(args.operands, ["web"]);
  assert.deepEqual(args.rest, ["ls", "-f", "--tail", "x", "--"]);
  assert.equal(args.flag("follow"), false);
});

test("a lone - is an operand", () => {
  assert.deepEqual(parsed("-").operands, ["-"]);
});

test("an unknown option names the nearest one", () => {
  assert.match(refused("--folow").message, /no option --folow; did you mean --follow\?/);
  assert.match(refused("--constructor").message, /no option --constructor/);
  assert.match(refused("-fx").message, /no option -x/);
});

test("a wrong or missing value is refused with what is allowed", () => {
  assert.match(refused("--tail").message, /--tail needs a value/);
  assert.equal(refused("--tail", "many").value, "many");
  assert.equal(refused("-n", "101").allowed, "a whole number from 0 to 100");
  assert.equal(refused("--tail", "-1").value, "-1");
  assert.match(refused("--follow=yes").message, /takes no value/);
});

test("asking for an option the command does not define is a mistake in the command", () => {
  assert.throws(() => parsed().flag("json"), TypeError);
  assert.throws(() => parsed().text("follow"), TypeError);
});
