import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { type BlockMap, formatBlockMap, mappedBytes, parseBlockMap } from "./block-map.ts";

const sum = (text: string) => createHash("sha256").update(text).digest("hex");
const MAP: BlockMap = {
  imageSize: 100 * 4096 + 17,
  ranges: [
    { offset: 0, length: 4096, sha256: sum("a") },
    { offset: 8192, length: 3 * 4096, sha256: sum("b") },
    { offset: 100 * 4096, length: 17, sha256: sum("c") },
  ],
};

/** What `bmaptool create` (3.6) printed for a file of 20 KiB with holes, comments and all but the first left out. */
const OF_BMAPTOOL = `<?xml version="1.0" ?>
<!-- This file contains the block map for an image file -->
<bmap version="2.0">
    <ImageSize> 20480 </ImageSize>
    <BlockSize> 4096 </BlockSize>
    <BlocksCount> 5 </BlocksCount>
    <MappedBlocksCount> 3     </MappedBlocksCount>
    <ChecksumType> sha256 </ChecksumType>
    <BmapFileChecksum> CHECKSUM </BmapFileChecksum>
    <BlockMap>
        <Range chksum="${sum("a")}"> 0-1 </Range>
        <Range chksum="${sum("b")}"> 4 </Range>
    </BlockMap>
</bmap>
`;
const ofBmaptool = OF_BMAPTOOL.replace("CHECKSUM", sum(OF_BMAPTOOL.replace("CHECKSUM", "0".repeat(64))));

test("what is written is read again", () => {
  assert.deepEqual(parseBlockMap(formatBlockMap(MAP)), { ok: true, value: MAP });
  assert.equal(mappedBytes(MAP), 4 * 4096 + 17);
});

test("a map of bmaptool's own is read", () => {
  const ranges = [
    { offset: 0, length: 8192, sha256: sum("a") },
    { offset: 16384, length: 4096, sha256: sum("b") },
  ];
  assert.deepEqual(parseBlockMap(ofBmaptool), { ok: true, value: { imageSize: 20480, ranges } });
});

test("a map that was changed, cut off, or is of another kind is refused and says why", () => {
  const good = formatBlockMap(MAP);
  const cases: [text: string, why: RegExp][] = [
    [good.replace(" 2-4 ", " 2-5 "), /own checksum/],
    [good.slice(0, -20), /own checksum/],
    [good.replace('version="2.0"', 'version="3.0"'), /version is 3\.0/],
    [good.replaceAll("sha256", "sha1"), /checksums are sha1/],
    ["", /version is missing/],
  ];
  for (const [text, why] of cases) {
    const parsed = parseBlockMap(text);
    assert(!parsed.ok, String(why));
    assert.equal(parsed.reason.code, "block-map-invalid");
    assert.match(parsed.reason.message, why);
  }
});

test("ranges that overlap, or lie beyond the image, are refused though the checksum is right", () => {
  const [first] = MAP.ranges;
  assert(first !== undefined);
  for (const ranges of [[first, first], [{ ...first, offset: 101 * 4096 }]]) {
    const parsed = parseBlockMap(formatBlockMap({ ...MAP, ranges }));
    assert(!parsed.ok);
    assert.match(parsed.reason.message, /out of place/);
  }
});
