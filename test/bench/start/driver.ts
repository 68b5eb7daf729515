import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { openLibc } from "../../../services/workloads/kernel/libc.ts";
import { makeNamespaces } from "../../../services/workloads/kernel/namespaces.ts";
import { command } from "../device/command.ts";
import { now, pause, stamped } from "../device/stamp.ts";
import { carryOut, ended, give } from "../device/supervisor.ts";

/**
 * Runs on the device: measures starts of a workload through Berth and of the same bundle by crun alone.
 * driver.ts WORKLOAD STAMP ROUNDS; prints JSON lines. The workload's command makes the file STAMP as its first act, and
 * the clock stops at the time the kernel noted for it.
 */
const [workload = "", stamp = "", roundsText = ""] = process.argv.slice(2);
const PLACE = "/run/berth-bench";
const BARE = `${workload}-bare`;
const CGROUPS = "/sys/fs/cgroup";

/** When systemd began with the unit, had its main process, and counted it as started: µs since the epoch → ms. */
function unitTimes(): Record<string, number> {
  const names = ["InactiveExitTimestamp", "ExecMainStartTimestamp", "ActiveEnterTimestamp"];
  const text = command(
    ...["busctl", "--json=short", "call", "org.freedesktop.systemd1"],
    `/org/freedesktop/systemd1/unit/${unitPart()}`,
    ...["org.freedesktop.DBus.Properties", "GetAll", "s", ""],
  );
  const properties = JSON.parse(text).data[0];
  return Object.fromEntries(names.map((name) => [name, Number(properties[name]?.data ?? 0) / 1000]));
}

function unitPart(): string {
  return `berth-workload-${workload}.service`.replaceAll(
    /[^A-Za-z0-9]/g,
    (one) => `_${one.charCodeAt(0).toString(16)}`,
  );
}

/** When each step of the start that began at `since` was done, by when the journal heard of it. */
function stepTimes(since: number): Record<string, number> {
  const from = `@${Math.floor(since / 1000)}`;
  const lines = command(
    ...["journalctl", "--unit", "berth-supervisor", "--since", from, "--no-pager"],
    ...["--output", "json", "--output-fields", "MESSAGE"],
  );
  const times: Record<string, number> = {};
  for (const line of lines.split("\n")) {
    if (line === "") continue;
    const { MESSAGE, __REALTIME_TIMESTAMP } = JSON.parse(line);
    const [, step] = /workload start step=(\S+)/.exec(String(MESSAGE)) ?? [];
    const at = Number(__REALTIME_TIMESTAMP) / 1000;
    if (step !== undefined && at > since) times[`step ${step}`] = at;
  }
  return times;
}

/** Processor time that control groups have had so far, in milliseconds (cgroup-v2.rst, cpu.stat). */
function processorTimes(): Map<string, number> {
  const services = readdirSync(`${CGROUPS}/system.slice`).filter((name) => name.endsWith(".service"));
  const groups = ["init.scope", "berth.slice", ...services.map((name) => `system.slice/${name}`)];
  return new Map(
    groups.map((group) => {
      const [, used = "0"] = /^usage_usec (\d+)/.exec(readFileSync(`${CGROUPS}/${group}/cpu.stat`, "utf8")) ?? [];
      return [group.replace("system.slice/", ""), Number(used) / 1000];
    }),
  );
}

async function startThroughBerth() {
  rmSync(stamp, { force: true });
  const timesBefore = processorTimes();
  const before = now();
  const { order, at } = await give({ kind: "start", workload });
  const began = await stamped(stamp);
  const processor = Object.fromEntries(
    [...processorTimes()].map(([group, time]) => [group, time - (timesBefore.get(group) ?? 0)]),
  );
  await ended(order);
  const times = { received: Date.parse(String(at)), ...stepTimes(before), ...unitTimes(), began };
  const steps = Object.fromEntries(Object.entries(times).map(([name, time]) => [name, time - before]));
  await carryOut({ kind: "stop", workload });
  return { milliseconds: began - before, steps, processor };
}

/** Starts the copy of the bundle with crun alone, its cgroup by `manager`. */
async function startBare(manager: string): Promise<number> {
  rmSync(stamp, { force: true });
  const before = now();
  const child = spawn("crun", ["--cgroup-manager", manager, "run", "--bundle", `${PLACE}/bundle`, BARE], {
    stdio: "ignore",
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const began = await stamped(stamp);
  command("crun", "kill", BARE, "KILL");
  await exited;
  spawnSync("crun", ["delete", "--force", BARE]);
  return began - before;
}

/** A unit whose program does nothing: what systemd itself takes. */
function emptyUnit(): number {
  const before = now();
  command("systemd-run", "--quiet", "--collect", "--service-type=oneshot", "/bin/true");
  return now() - before;
}

/** Copies the running workload's bundle, with a root, layers and namespaces of its own, made once and for all. */
async function copyBundle(): Promise<void> {
  const own = `/run/berth/workloads/${workload}`;
  const bundle = `${PLACE}/bundle`;
  mkdirSync(`${PLACE}/root`, { recursive: true });
  mkdirSync(bundle);
  const { ids, layers } = JSON.parse(readFileSync(`${own}/started.json`, "utf8"));
  const namespaces = { user: `${bundle}/user`, net: `/run/netns/${BARE}` };
  await makeNamespaces(openLibc(), { network: namespaces.net, user: { path: namespaces.user, first: ids } });
  command("ip", "-netns", BARE, "link", "set", "dev", "lo", "up");
  const copies = layers.map((layer: string, index: number) => {
    const copy = `${PLACE}/lower${index}`;
    mkdirSync(copy);
    command("mount", "--bind", "-o", `X-mount.idmap=${namespaces.user}`, `/run/berth/l/${layer}`, copy);
    return copy;
  });
  const skeleton = `${PLACE}/skeleton`;
  if (existsSync(`${own}/skeleton`)) command("cp", "-a", `${own}/skeleton`, skeleton);
  else mkdirSync(skeleton);
  const lowers = [skeleton, ...copies].join(":");
  command("mount", "-t", "overlay", "-o", `ro,nosuid,nodev,lowerdir=${lowers}`, "bench", `${PLACE}/root`);
  for (const name of ["hosts", "resolv.conf", "hostname"]) cpSync(`${own}/${name}`, `${bundle}/${name}`);
  const config = readFileSync(`${own}/config.json`, "utf8")
    .replaceAll(`/run/netns/berth-${workload}`, namespaces.net)
    .replaceAll(`/run/berth/roots/${workload}`, `${PLACE}/root`)
    .replaceAll(`${own}/`, `${bundle}/`)
    // There is nothing but a loopback.
    .replace(',"net.ipv6.conf.eth0.accept_ra":"0"', "");
  writeFileSync(`${bundle}/config.json`, config);
}

if (!existsSync(PLACE)) await copyBundle();
await carryOut({ kind: "stop", workload });
for (let round = 0; round < Number(roundsText); round++) {
  const acts = [
    async () => ({ berth: await startThroughBerth() }),
    async () => ({ crun: await startBare("disabled") }),
    async () => ({ scope: await startBare("systemd") }),
    async () => ({ empty: emptyUnit() }),
  ];
  // Each in each place by turns.
  for (let turn = 0; turn < round % acts.length; turn++) acts.push(...acts.splice(0, 1));
  let line = {};
  for (const act of acts) {
    line = { ...line, ...(await act()) };
    await pause(300);
  }
  console.log(JSON.stringify(line));
}
