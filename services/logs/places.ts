import { z } from "zod";
import { WorkloadName } from "../model/names.ts";

/** Where the collector's pipes and files are. */
export interface LogPlaces {
  /**
   * A file NAME.json for each instance of a workload whose pipes are to be read, and the pipes in a folder of their own: the collector
   * watches this one, and is not to be told of every line. The supervisor makes both.
   */
  readonly pipes: string;
  /** The files, a folder a workload. The collector writes them, the supervisor reads and deletes them. */
  readonly store: string;
}

/** On a device. */
export const LOG_PLACES: LogPlaces = { pipes: "/run/berth/logs", store: "/data/berth-logs" };

/** What the collector must know of an instance: what its NAME.json holds. */
export const PipeSettings = z.strictObject({
  /** Whose log it writes to. */
  workload: WorkloadName,
  /** Bytes. */
  size: z.int().min(1),
  files: z.int().min(1),
  /** Lines a second. */
  rate: z.int().min(1),
});
export type PipeSettings = z.infer<typeof PipeSettings>;

/** An instance's pipes, and the file that says that they are there. */
export function pipePaths({ pipes }: Pick<LogPlaces, "pipes">, instance: string) {
  const base = `${pipes}/open/${instance}`;
  return { stdout: `${base}.stdout`, stderr: `${base}.stderr`, settings: `${pipes}/${instance}.json` };
}

/** The instance a settings file is for; undefined for every other file. */
export function instanceOfSettings(file: string): string | undefined {
  return /^([a-z0-9][a-z0-9.-]*)\.json$/.exec(file)?.[1];
}

/** The folder of a workload's files. */
export function logFolder({ store }: LogPlaces, name: string): string {
  return `${store}/${name}`;
}

/** A workload's files: 0 is the one written to, higher numbers are older. */
export function logFile(folder: string, number: number): string {
  return number === 0 ? `${folder}/current` : `${folder}/${number}`;
}
