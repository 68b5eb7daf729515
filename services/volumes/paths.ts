/** The places of one volume; its folder is root's alone, whatever its content's modes are. */
export interface VolumePaths {
  readonly folder: string;
  /** What workloads see. The volume is there when this is. */
  readonly data: string;
  readonly record: string;
}

export function volumePaths(directory: string, name: string): VolumePaths {
  const folder = `${directory}/${name}`;
  return { folder, data: `${folder}/data`, record: `${folder}/volume.json` };
}
