import { cgroupOf } from "../unit/slice.ts";
import type { GuestPaths } from "./paths.ts";
import { RESULT_SIZE } from "./result.ts";

/**
 * The scripts systemd runs around a guest, so that it starts, stops, ends and starts again without the supervisor. POSIX sh;
 * every value in them is quoted. They run in QEMU's own view of the device, which has the bundle where only root can enter.
 */

/** Makes the result disk empty, and clears the socket of a QEMU before. */
export function resetScript({ result, agentFolderInside }: GuestPaths): string {
  return `set -e
dd if=/dev/zero of=${quote(result)} bs=${RESULT_SIZE} count=1 conv=notrunc 2>/dev/null
rm -f ${quote(agentFolderInside)}/*
`;
}

/** Asks the guest to pass a signal to its workload. A guest that has ended has nobody to be told. */
export function stopScript({ control }: GuestPaths, signal: number): string {
  return `[ -z "$MAINPID" ] || printf 'stop ${signal}\\n' 1<>${quote(control)}
`;
}

/**
 * Notes how QEMU ended (systemd.exec(5), $SERVICE_RESULT), the most memory it used and what it was allowed, and what the guest wrote
 * of its workload's end, cleared of all that is not text. QEMU ends well whatever became of the workload: this script's own
 * failure tells systemd of the workload's.
 */
export function endScript({ result, exit, cgroups }: GuestPaths, instance: string): string {
  const group = `${cgroups}/${cgroupOf(instance).replace("/sys/fs/cgroup/", "")}`;
  return `read -r peak <${quote(`${group}/memory.peak`)}
read -r max <${quote(`${group}/memory.max`)}
said=$(head -c 600 ${quote(result)} | LC_ALL=C tr -cd '\\n -~' | head -n 2)
printf '%s %s %s\\nmemory %s %s\\nguest\\n%s\\n' "$SERVICE_RESULT" "$EXIT_CODE" "$EXIT_STATUS" "$peak" "$max" "$said" >${quote(exit)}
[ "$SERVICE_RESULT" != success ] || [ "$said" = 'exit 0' ]
`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
