import assert from "node:assert/strict";
import { test } from "node:test";
import { licencesOf, parseStatus } from "./debian.ts";

test("installed packages are listed; removed ones whose configuration stayed are not", () => {
  const status = `Package: libc6
Status: install ok installed
Architecture: amd64
Multi-Arch: same
Version: 2.41-12
Description: a library
 Version: is no field here

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1
`;
  assert.deepEqual(parseStatus(status), [{ name: "libc6", version: "2.41-12", architecture: "amd64" }]);
});

test("licences come from machine-readable copyright files, each once", () => {
  const text = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
License: MIT

Files: debian/*
License: GPL-2+
 This is free software.

License: MIT
 Permission is hereby granted.
`;
  assert.equal(licencesOf(text), "GPL-2+, MIT");
  assert.equal(licencesOf("This package was debianized by somebody.\nLicense: see below\n"), undefined);
});
