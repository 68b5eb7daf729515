import type { Range } from "./ranges.ts";

/** A FAT file system's measures, in bytes from its beginning. */
export interface FatLayout {
  readonly bits: 12 | 16 | 32;
  /** The first file allocation table. */
  readonly table: Range;
  /** Where the first cluster (number 2) lies: before it everything is the file system's own. */
  readonly data: number;
  readonly cluster: number;
  readonly clusters: number;
}

const FIRST_CLUSTER = 2;

/**
 * Reads a FAT boot sector; undefined when it is none. Source: Microsoft, FAT32 File System Specification 1.03 ("Boot
 * Sector and BPB", "FAT Type Determination").
 */
export function fatLayout(sector: Uint8Array): FatLayout | undefined {
  const view = new DataView(sector.buffer, sector.byteOffset, sector.byteLength);
  const [u16, u32] = [(at: number) => view.getUint16(at, true), (at: number) => view.getUint32(at, true)];
  if (sector.length < 512 || u16(510) !== 0xaa55 || ![0xeb, 0xe9].includes(view.getUint8(0))) return undefined;
  const [sectorSize, perCluster, reserved, tables] = [u16(11), view.getUint8(13), u16(14), view.getUint8(16)];
  const tableSectors = u16(22) || u32(36);
  const total = u16(19) || u32(32);
  if (![512, 1024, 2048, 4096].includes(sectorSize) || perCluster === 0 || tables === 0 || tableSectors === 0) {
    return undefined;
  }
  const rootSectors = Math.ceil((u16(17) * 32) / sectorSize);
  const dataSector = reserved + tables * tableSectors + rootSectors;
  const clusters = Math.floor((total - dataSector) / perCluster);
  return {
    bits: clusters < 4085 ? 12 : clusters < 65_525 ? 16 : 32,
    table: { offset: reserved * sectorSize, length: tableSectors * sectorSize },
    data: dataSector * sectorSize,
    cluster: perCluster * sectorSize,
    clusters,
  };
}

/** The parts of a FAT file system that hold something: its own structures, and every cluster that is not free. */
export function fatUsed(layout: FatLayout, table: Uint8Array): Range[] {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const entry = (cluster: number): number => {
    switch (layout.bits) {
      case 12: {
        const pair = view.getUint16(Math.floor((cluster * 3) / 2), true);
        return cluster % 2 === 0 ? pair & 0xfff : pair >> 4;
      }
      case 16:
        return view.getUint16(cluster * 2, true);
      case 32:
        return view.getUint32(cluster * 4, true) & 0x0fff_ffff;
    }
  };
  const used: Range[] = [{ offset: 0, length: layout.data }];
  for (let index = 0; index < layout.clusters; index++) {
    if (entry(index + FIRST_CLUSTER) === 0) continue;
    used.push({ offset: layout.data + index * layout.cluster, length: layout.cluster });
  }
  return used;
}
