import { basename, dirname } from "node:path";
import type { WorkloadPaths } from "../instance/paths.ts";
import type { RootOptions } from "../root/root.ts";
import { cgroupOf } from "../unit/slice.ts";

/**
 * The scripts systemd runs around a workload, so that it starts, ends and starts again without the supervisor. POSIX sh;
 * every value in them is quoted.
 */

/**
 * Creates the container, whose first process then waits; tells systemd that this is the unit's main process, and waits until it
 * knows (systemd-notify(1)); then lets it run the command as `crun start` does, by a byte through its FIFO. So systemd sees
 * how it ends, however briefly it lives, and nothing in the unit can tell systemd anything more.
 *
 * Its outputs are the collector's pipes: unlike sockets, /dev/stdout and /dev/stderr can be opened when they are (many images
 * log there). It has them open to read, too: while the collector is away there is nobody else, and the first line would end it
 * with SIGPIPE (fifo(7)). Its input is an empty pipe: crun gives the three to the container's user (before 1.24 also the
 * device's own /dev/null).
 */
export function startScript(options: { readonly paths: WorkloadPaths; readonly crunRoot: string }): string {
  const { paths, crunRoot } = options;
  const { instance } = paths;
  const [out, err] = [quote(paths.stdout), quote(paths.stderr)];
  const fifo = quote(`${crunRoot}/${instance}/exec.fifo`);
  const crun = `crun --root ${quote(crunRoot)} --cgroup-manager disabled`;
  // What an end script could not clear must not keep the workload from starting again.
  // NOTIFY_SOCKET is nothing for crun, which would pass it on; a busy systemd is asked again, for as long as a start may take.
  // The FIFO is opened for reading, too: so nobody waits for a process that is gone.
  return `[ ! -e ${quote(`${crunRoot}/${instance}`)} ] || ${crun} delete --force ${quote(instance)} 2>/dev/null
set -e
: >${quote(paths.crunLog)}
: >${quote(paths.pid)}
notify=$NOTIFY_SOCKET
unset NOTIFY_SOCKET
${crun} --log ${quote(`file:${paths.crunLog}`)} --log-format json \\
  create --bundle ${quote(paths.bundle)} --pid-file ${quote(paths.pid)} ${quote(instance)} 1<>${out} 2<>${err} <<end
end
read -r pid <${quote(paths.pid)} || [ -n "$pid" ]
until NOTIFY_SOCKET=$notify systemd-notify --ready "MAINPID=$pid" NOTIFYACCESS=none; do sleep 1; done
echo 1<>${fifo}
rm -f ${fifo}
`;
}

/**
 * Notes how the process ended (systemd.exec(5), $SERVICE_RESULT) and, of its control group, the most memory it used and
 * what it was allowed (cgroup-v2.rst, memory.peak and memory.max); clears what crun kept of it. Where there never was a process
 * of the container, what ended is this start's own, and nobody's to know. One that was cut off may have left some at work.
 */
export function endScript(options: { readonly paths: WorkloadPaths; readonly crunRoot: string }): string {
  const { paths, crunRoot } = options;
  const cgroup = cgroupOf(paths.instance);
  return `read -r peak <${quote(`${cgroup}/memory.peak`)}
read -r max <${quote(`${cgroup}/memory.max`)}
[ -s ${quote(paths.pid)} ] || unset EXIT_CODE EXIT_STATUS
printf '%s %s %s\\nmemory %s %s\\n' "$SERVICE_RESULT" "$EXIT_CODE" "$EXIT_STATUS" "$peak" "$max" >${quote(paths.exit)}
for _ in 1 2 3 4 5 6 7 8 9; do
  others=
  while read -r pid; do
    [ "$pid" = $$ ] || { others=1; kill -KILL "$pid"; }
  done 2>/dev/null <${quote(`${cgroup}/cgroup.procs`)}
  [ -n "$others" ] || break
done
exec crun --root ${quote(crunRoot)} --cgroup-manager disabled delete --force ${quote(paths.instance)} 2>/dev/null
`;
}

/** Empties the writable layer of an ephemeral root before the process starts. */
export function rootScript(options: { readonly paths: WorkloadPaths } & RootOptions): string {
  const { paths, layers, owner, setuid } = options;
  const scratch = quote(paths.scratch);
  // Names from where most of them lie: so those of hundreds fit the page that mount(2) takes.
  const place = dirname(layers[0] ?? "/");
  const lower = layers.map((layer) => (dirname(layer) === place ? basename(layer) : layer));
  const mount = `lowerdir=${lower.join(":")},upperdir=${paths.scratch}/upper,workdir=${paths.scratch}/work`;
  return `set -e
umask 022
umount ${quote(paths.root)} 2>/dev/null || true
rm -rf ${scratch}/upper ${scratch}/work
mkdir -p ${scratch}/upper ${scratch}/work
chown ${owner}:${owner} ${scratch}/upper
# The other way to mount, fsconfig(2), takes no more than 255 bytes of layers.
export LIBMOUNT_FORCE_MOUNT2=always
cd ${quote(place)}
exec mount -t overlay -o ${quote(`${setuid ? "" : "nosuid,"}nodev,${mount}`)} berth ${quote(paths.root)}
`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
