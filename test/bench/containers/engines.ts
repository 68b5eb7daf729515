import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { command } from "../device/command.ts";

/** Runs on the device. Where the engines keep what is theirs: root is read-only, and nothing of theirs may outlive the run. */
const DATA = "/data/bench";
const RUN = "/run/bench";

/** A container engine as its users start it. */
export interface Engine {
  readonly name: string;
  /** The programs that stay for the engine's own sake: daemons and monitors, by the name the kernel has of them (comm). */
  readonly programs: readonly string[];
  /** Starts what must run before it can start anything, and brings the image. */
  prepare(image: string): void;
  /** Starts a container in the background whose command makes a file in `out`, and waits for the engine's own program. */
  run(id: string, image: string, out: string): void;
  /** Ends it at once and forgets it. */
  stop(id: string): void;
}

const COMMAND = ["/bin/sh", "-c", ": >/out/started; exec sleep 86400"];

/** Starts a daemon and waits until `probe` succeeds. */
function daemon(argv: readonly string[], probe: readonly string[]): void {
  const [file = ""] = argv;
  const log = `${RUN}/${file}.log`;
  const output = openSync(log, "w");
  spawn("setsid", [...argv], { stdio: ["ignore", output, output], detached: true }).unref();
  closeSync(output);
  const [program = "", ...args] = probe;
  for (let tries = 0; tries < 120; tries++) {
    if (spawnSync(program, args).status === 0) return;
    spawnSync("sleep", ["1"]);
  }
  throw new Error(`${file} does not answer: ${readFileSync(log, "utf8").slice(-2000)}`);
}

/** The engines beside Berth, from Debian's packages, each with its defaults but for where it keeps its files. */
export function engines(registry: string): Engine[] {
  mkdirSync(RUN, { recursive: true });
  mkdirSync(DATA, { recursive: true });
  return [crun(), ctr(), podman(), docker(registry)];
}

/** crun alone, on what a user would hand it: a bundle made beforehand from the same image, root unpacked. */
function crun(): Engine {
  const bundle = `${DATA}/bundle`;
  return {
    name: "crun run",
    programs: ["crun"],
    prepare(image) {
      mkdirSync(bundle, { recursive: true });
      // podman has the image by then or brings it; its mount is the unpacked root.
      podmanCall("pull", "--quiet", "--tls-verify=false", image);
      const root = podmanCall("image", "mount", image).trim();
      command("crun", "spec", "--bundle", bundle);
      const config = JSON.parse(readFileSync(`${bundle}/config.json`, "utf8"));
      config.root = { path: root, readonly: true };
      config.process.args = COMMAND;
      config.process.terminal = false;
      writeFileSync(`${bundle}/template.json`, JSON.stringify(config));
    },
    run(id, _, out) {
      const config = JSON.parse(readFileSync(`${bundle}/template.json`, "utf8"));
      config.mounts.push({ destination: "/out", type: "bind", source: out, options: ["rbind", "rw"] });
      writeFileSync(`${bundle}/config.json`, JSON.stringify(config));
      spawnSync("crun", ["run", "--detach", "--bundle", bundle, id], { stdio: "ignore" });
    },
    stop(id) {
      command("crun", "delete", "--force", id);
    },
  };
}

function ctr(): Engine {
  const socket = `${RUN}/containerd/containerd.sock`;
  const call = (...argv: string[]) => command("ctr", "--address", socket, "--namespace", "bench", ...argv);
  return {
    name: "ctr run",
    programs: ["containerd", "containerd-shim"],
    prepare(image) {
      mkdirSync(`${RUN}/containerd`, { recursive: true });
      writeFileSync(
        `${RUN}/containerd.toml`,
        `version = 2\nroot = "${DATA}/containerd"\nstate = "${RUN}/containerd"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = "${socket}"\n`,
      );
      daemon(["containerd", "--config", `${RUN}/containerd.toml`], ["ctr", "--address", socket, "version"]);
      call("image", "pull", "--plain-http", image);
    },
    run(id, image, out) {
      const mount = `type=bind,src=${out},dst=/out,options=rbind:rw`;
      call("run", "--detach", "--read-only", "--memory-limit", "67108864", "--mount", mount, image, id, ...COMMAND);
    },
    stop(id) {
      call("task", "delete", "--force", id);
      call("container", "delete", id);
    },
  };
}

/** What podman and docker are told alike. */
function runArguments(id: string, image: string, out: string): string[] {
  const limits = ["--read-only", "--memory", "64m", "--pids-limit", "16"];
  return [
    "run",
    "--detach",
    "--name",
    id,
    "--network",
    "none",
    ...limits,
    "--volume",
    `${out}:/out`,
    image,
    ...COMMAND,
  ];
}

function podmanCall(...argv: string[]): string {
  const places = ["--root", `${DATA}/podman`, "--runroot", `${RUN}/podman`, "--tmpdir", `${RUN}/libpod`];
  return command("podman", ...places, ...argv);
}

function podman(): Engine {
  const call = podmanCall;
  return {
    name: "podman run",
    programs: ["conmon", "podman"],
    prepare(image) {
      call("pull", "--quiet", "--tls-verify=false", image);
    },
    run(id, image, out) {
      call(...runArguments(id, image, out));
    },
    stop(id) {
      call("rm", "--force", "--time", "0", id);
    },
  };
}

function docker(registry: string): Engine {
  const host = `unix://${RUN}/docker.sock`;
  const call = (...argv: string[]) => command("docker", "--host", host, ...argv);
  return {
    name: "docker run",
    programs: ["dockerd", "containerd", "containerd-shim", "docker-proxy"],
    prepare(image) {
      const places = [
        "--data-root",
        `${DATA}/docker`,
        "--exec-root",
        `${RUN}/docker`,
        "--pidfile",
        `${RUN}/docker.pid`,
      ];
      // Without a network of its own, as the others here: what a bridge costs is measured for Berth alone.
      const network = ["--iptables=false", "--ip6tables=false", "--bridge=none", "--insecure-registry", registry];
      daemon(["dockerd", "--host", host, ...places, ...network], ["docker", "--host", host, "version"]);
      call("pull", "--quiet", image);
    },
    run(id, image, out) {
      call(...runArguments(id, image, out));
    },
    stop(id) {
      call("rm", "--force", id);
    },
  };
}
