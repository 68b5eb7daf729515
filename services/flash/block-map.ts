import { createHash } from "node:crypto";
import { failure, type Result, success } from "../model/result.ts";

/** A part of an image that must be written, in bytes. */
export interface MappedRange {
  readonly offset: number;
  readonly length: number;
  /** SHA-256 of these bytes, in hex. */
  readonly sha256: string;
}

/** Which parts of an image hold something: in ascending order, none touching another's bytes. */
export interface BlockMap {
  /** Bytes of the whole image. */
  readonly imageSize: number;
  readonly ranges: readonly MappedRange[];
}

/** Bytes of a block. A range begins on a block, and ends on one or at the image's end. */
export const BLOCK = 4096;

const ZERO_CHECKSUM = "0".repeat(64);

/** Bytes that a map's ranges hold together. */
export function mappedBytes({ ranges }: BlockMap): number {
  return ranges.reduce((sum, { length }) => sum + length, 0);
}

/** Writes a map as bmaptool reads it: XML, format version 2.0. Source: bmap-tools' BmapCreate.py. */
export function formatBlockMap(map: BlockMap): string {
  const blocks = (bytes: number) => Math.ceil(bytes / BLOCK);
  const mapped = map.ranges.reduce((sum, { length }) => sum + blocks(length), 0);
  const ranges = map.ranges.map(({ offset, length, sha256 }) => {
    const [first, last] = [offset / BLOCK, offset / BLOCK + blocks(length) - 1];
    return `        <Range chksum="${sha256}"> ${first === last ? first : `${first}-${last}`} </Range>`;
  });
  const text = (checksum: string) =>
    `${[
      '<?xml version="1.0" ?>',
      '<bmap version="2.0">',
      `    <ImageSize> ${map.imageSize} </ImageSize>`,
      `    <BlockSize> ${BLOCK} </BlockSize>`,
      `    <BlocksCount> ${blocks(map.imageSize)} </BlocksCount>`,
      `    <MappedBlocksCount> ${mapped} </MappedBlocksCount>`,
      "    <ChecksumType> sha256 </ChecksumType>",
      `    <BmapFileChecksum> ${checksum} </BmapFileChecksum>`,
      "    <BlockMap>",
      ...ranges,
      "    </BlockMap>",
      "</bmap>",
    ].join("\n")}\n`;
  return text(sha256Of(text(ZERO_CHECKSUM)));
}

/**
 * Reads a block map, also one bmaptool wrote: version 2.0, SHA-256 throughout. Fails with `block-map-invalid`; a map that
 * was changed or cut off fails by its own checksum.
 */
export function parseBlockMap(text: string): Result<BlockMap> {
  const version = /<bmap version="([^"]*)">/.exec(text)?.[1];
  if (version?.split(".")[0] !== "2") return invalid(`its version is ${version ?? "missing"}`, "2.0");
  const type = element(text, "ChecksumType");
  if (type !== "sha256") return invalid(`its checksums are ${type ?? "missing"}`, "sha256");
  const checksum = element(text, "BmapFileChecksum") ?? "";
  if (!/^[0-9a-f]{64}$/.test(checksum) || sha256Of(text.replace(checksum, ZERO_CHECKSUM)) !== checksum) {
    return invalid("it is not what its own checksum says", "a whole, unchanged file");
  }
  const [imageSize, blockSize] = [Number(element(text, "ImageSize")), Number(element(text, "BlockSize"))];
  if (!Number.isSafeInteger(imageSize) || !Number.isSafeInteger(blockSize) || imageSize <= 0 || blockSize <= 0) {
    return invalid("the image's size or the block's is missing", "whole numbers of bytes");
  }
  const ranges: MappedRange[] = [];
  let end = 0;
  for (const [, sha256 = "", first = "", last = first] of text.matchAll(RANGE)) {
    const offset = Number(first) * blockSize;
    const length = Math.min((Number(last) + 1) * blockSize, imageSize) - offset;
    if (offset < end || length <= 0) return invalid(`range ${first}-${last} is out of place`, "ascending ranges");
    ranges.push({ offset, length, sha256 });
    end = offset + length;
  }
  const mapped = ranges.reduce((sum, { length }) => sum + Math.ceil(length / blockSize), 0);
  if (mapped !== Number(element(text, "MappedBlocksCount"))) {
    return invalid("its ranges are not as many blocks as it says", "ranges with SHA-256 checksums");
  }
  return success({ imageSize, ranges });
}

const RANGE = /<Range chksum="([0-9a-f]{64})">\s*(\d+)(?:\s*-\s*(\d+))?\s*<\/Range>/g;

function element(text: string, name: string): string | undefined {
  return new RegExp(`<${name}>\\s*([^<]*?)\\s*</${name}>`).exec(text)?.[1];
}

function invalid(what: string, allowed: string): Result<never> {
  return failure({ code: "block-map-invalid", message: `the block map cannot be used: ${what}`, allowed });
}

function sha256Of(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
