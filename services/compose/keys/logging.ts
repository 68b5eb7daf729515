import { composeBytes } from "../quantity.ts";
import { integer, mapping } from "../read.ts";
import type { KeyConverter } from "../service.ts";

/** Of a service's `logging`, how much is kept: `max-size` and `max-file` of Docker's drivers that keep files. */
export const logging: KeyConverter = (value, draft, service, field) => {
  const { driver, options } = mapping(value, field);
  if (driver !== undefined && driver !== "json-file" && driver !== "local") {
    service.leaveOut(`${field}.driver`, "the device keeps what a workload writes");
    return;
  }
  for (const [name, option] of Object.entries(options === undefined ? {} : mapping(options, `${field}.options`))) {
    const place = `${field}.options.${name}`;
    switch (name) {
      case "max-size":
        draft.logs = { ...draft.logs, size: composeBytes(option, place) };
        break;
      case "max-file":
        draft.logs = { ...draft.logs, files: integer(option, place) };
        break;
      default:
        service.leaveOut(place, "a manifest bounds size, files and rate");
    }
  }
};
