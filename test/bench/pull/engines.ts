import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../../image/command.ts";
import { type Child, endChild, startChild } from "../../rig/child.ts";
import { waitFor } from "../../rig/wait.ts";

/** Another way to have an image ready to run on this host. */
export interface Puller {
  readonly name: string;
  /** Brings `image`, a registry's address with a path and a tag, into an empty store. */
  pull(image: string): Promise<void>;
  /** Empties the store. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

const nothing = async () => {};

/** podman with a store of its own. */
export function podman(folder: string): Puller {
  const places = ["--root", join(folder, "podman"), "--runroot", join(folder, "podman-run")];
  return {
    name: "podman pull",
    pull: async (image) => {
      await run(["podman", ...places, "pull", "--quiet", "--tls-verify=false", image]);
    },
    clear: async () => {
      await run(["podman", ...places, "rmi", "--all", "--force"]);
    },
    stop: nothing,
  };
}

/** skopeo brings the image into an OCI layout, umoci unpacks it. */
export function umoci(folder: string): Puller {
  const layout = join(folder, "layout");
  const bundle = join(folder, "bundle");
  return {
    name: "skopeo copy and umoci unpack",
    pull: async (image) => {
      await run(["skopeo", "copy", "--quiet", "--src-tls-verify=false", `docker://${image}`, `oci:${layout}:1`]);
      await run(["umoci", "unpack", "--image", `${layout}:1`, bundle]);
    },
    clear: async () => {
      for (const one of [layout, bundle]) rmSync(one, { recursive: true, force: true });
    },
    stop: nothing,
  };
}

/** containerd with a store of its own, and its client. */
export async function ctr(folder: string): Promise<Puller> {
  const socket = join(folder, "containerd.sock");
  const config = join(folder, "containerd.toml");
  const root = join(folder, "containerd");
  const state = join(folder, "containerd-state");
  mkdirSync(state, { recursive: true });
  writeFileSync(
    config,
    `version = 2\nroot = "${root}"\nstate = "${state}"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = "${socket}"\n`,
  );
  const daemon: Child = startChild(["containerd", "--config", config], join(folder, "containerd.log"));
  const call = (...argv: string[]) => run(["ctr", "--address", socket, "--namespace", "bench", ...argv]);
  await waitFor("containerd", 60_000, async () => {
    await call("version");
    return true;
  });
  let pulled = "";
  return {
    name: "ctr image pull",
    pull: async (image) => {
      pulled = image;
      await call("image", "pull", "--plain-http", image);
    },
    clear: async () => {
      await call("image", "rm", "--sync", pulled);
    },
    stop: () => endChild(daemon),
  };
}
