import { chmodSync, closeSync, constants, existsSync, openSync, readdirSync, renameSync, rmSync } from "node:fs";
import { type LogPlaces, type PipeSettings, pipePaths } from "../../logs/places.ts";
import { bytesOf } from "../../model/quantity.ts";
import type { LogSettings } from "../../model/workload/logs.ts";
import type { Libc } from "../kernel/libc.ts";
import { placeFile } from "../place.ts";

/** The pipes that workloads write to and the log collector reads. */
export interface Outputs {
  /** Makes an instance's pipes anew, and has them read into its workload's log. */
  open(instance: string, settings: LogSettings & { readonly workload: string }): void;
  /** Takes them away; what is in them is still read. */
  close(instance: string): void;
  /** Holds every pipe that is there, as those that were opened here. */
  hold(): void;
}

/**
 * Opens {@link Outputs}. Each pipe is held open here for as long as it is there: what a process wrote that has ended would
 * be gone with it where the collector has not come to read it yet (fifo(7)).
 */
export function createOutputs(places: LogPlaces, libc: Pick<Libc, "makeFifo">): Outputs {
  const held = new Map<string, number>();
  const hold = (path: string) => {
    if (!held.has(path)) held.set(path, openSync(path, constants.O_RDWR | constants.O_NONBLOCK));
  };
  const release = (path: string) => {
    const descriptor = held.get(path);
    if (descriptor !== undefined) closeSync(descriptor);
    held.delete(path);
  };
  const close = (instance: string) => {
    const { stdout, stderr, settings } = pipePaths(places, instance);
    rmSync(settings, { force: true });
    for (const path of [stdout, stderr]) {
      rmSync(path, { force: true });
      release(path);
    }
  };
  return {
    close,
    open(instance, { workload, size, files, rate }) {
      close(instance);
      const { stdout, stderr, settings } = pipePaths(places, instance);
      for (const path of [stdout, stderr]) {
        libc.makeFifo(path, 0o600);
        // crun gives them to the workload's user, and others reach them by no path: the folder is root's and the collector's.
        chmodSync(path, 0o666);
        hold(path);
      }
      const text: PipeSettings = { workload, size: bytesOf(size), files, rate };
      // Whole or not at all, and last: it is what the collector waits for.
      placeFile(`${settings}.new`, JSON.stringify(text), 0o644);
      renameSync(`${settings}.new`, settings);
    },
    hold() {
      const folder = `${places.pipes}/open`;
      for (const file of existsSync(folder) ? readdirSync(folder) : []) hold(`${folder}/${file}`);
    },
  };
}
