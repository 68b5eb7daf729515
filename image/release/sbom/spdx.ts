/**
 * Identifiers of the SPDX licence list that packages of an image use: CycloneDX wants these told from free names. One
 * that is missing here is written as a name, which is no mistake.
 */
const IDENTIFIERS: ReadonlySet<string> = new Set([
  "0BSD",
  "Apache-2.0",
  "Artistic-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BSD-4-Clause",
  "BSL-1.0",
  "CC0-1.0",
  "GPL-1.0+",
  "GPL-2.0",
  "GPL-2.0+",
  "GPL-2.0-only",
  "GPL-2.0-or-later",
  "GPL-3.0",
  "GPL-3.0+",
  "GPL-3.0-only",
  "GPL-3.0-or-later",
  "ISC",
  "LGPL-2.0",
  "LGPL-2.0+",
  "LGPL-2.1",
  "LGPL-2.1+",
  "LGPL-2.1-only",
  "LGPL-2.1-or-later",
  "LGPL-3.0",
  "LGPL-3.0+",
  "MIT",
  "MPL-2.0",
  "OpenSSL",
  "PSF-2.0",
  "Unlicense",
  "Zlib",
  "curl",
]);

/** Whether a word is an SPDX licence identifier known here. */
export function isSpdx(word: string): boolean {
  return IDENTIFIERS.has(word);
}
