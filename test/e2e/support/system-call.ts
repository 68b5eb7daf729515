import type { Architecture } from "../../../image/architecture.ts";

/** Numbers of system calls: x86-64's (arch/x86/entry/syscalls/syscall_64.tbl), and arm64's (asm-generic/unistd.h). */
const NUMBERS = {
  acct: [163, 89],
  add_key: [248, 217],
  bpf: [321, 280],
  clone: [56, 220],
  clone3: [435, 435],
  delete_module: [176, 106],
  finit_module: [313, 273],
  fsopen: [430, 430],
  init_module: [175, 105],
  io_uring_setup: [425, 425],
  kexec_load: [246, 104],
  keyctl: [250, 219],
  mount: [165, 40],
  mount_setattr: [442, 442],
  move_mount: [429, 429],
  open_by_handle_at: [304, 265],
  open_tree: [428, 428],
  perf_event_open: [298, 241],
  pivot_root: [155, 41],
  ptrace: [101, 117],
  quotactl: [179, 60],
  reboot: [169, 142],
  request_key: [249, 218],
  sethostname: [170, 161],
  setns: [308, 268],
  settimeofday: [164, 170],
  socket: [41, 198],
  swapon: [167, 224],
  syslog: [103, 116],
  umount2: [166, 39],
  unshare: [272, 97],
  userfaultfd: [323, 282],
} as const;

export type SystemCall = keyof typeof NUMBERS;

/** Where a program is loaded, and where its code begins in the file: behind the headers. */
const BASE = 0x400000n;
const HEADERS = 64 + 56;

/**
 * A shell's command that makes a program of one system call at `path`, runs it and prints `name` and its exit code: the
 * number of the error the call ended with, or 0. There is no compiler where it runs.
 */
export function systemCallScript(
  path: string,
  arch: Architecture,
  name: SystemCall,
  ...values: readonly number[]
): string {
  const [x86, arm] = NUMBERS[name];
  const code = arch === "aarch64" ? armCode(arm, values) : x86Code(x86, values);
  const octal = [...elf(arch, code)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  return `printf '${octal}' >${path}; chmod 755 ${path}; ${path}; echo ${name} $?`;
}

/** rax and rdi, rsi, rdx, r10, r8, r9, syscall; then exit with the negated result. */
function x86Code(number: number, values: readonly number[]): number[] {
  const registers = [
    [0x48, 0xbf],
    [0x48, 0xbe],
    [0x48, 0xba],
    [0x49, 0xba],
    [0x49, 0xb8],
    [0x49, 0xb9],
  ];
  const load = (operation: readonly number[], value: number) => [...operation, ...littleEndian(BigInt(value), 8)];
  const args = registers.flatMap((operation, index) => load(operation, values[index] ?? 0));
  const exit = [0xf7, 0xd8, 0x89, 0xc7, 0xb8, 0x3c, 0x00, 0x00, 0x00, 0x0f, 0x05];
  return [...load([0x48, 0xb8], number), ...args, 0x0f, 0x05, ...exit];
}

/** x8 and x0 to x5, svc; then exit with the negated result. */
function armCode(number: number, values: readonly number[]): number[] {
  const load = (register: number, value: number) =>
    [0, 1, 2, 3].flatMap((part) => {
      const immediate = Number((BigInt.asUintN(64, BigInt(value)) >> BigInt(part * 16)) & 0xffffn);
      const operation = part === 0 ? 0xd2800000 : 0xf2800000;
      return littleEndian(BigInt(operation + part * 0x200000 + immediate * 32 + register), 4);
    });
  const word = (instruction: number) => littleEndian(BigInt(instruction), 4);
  const args = [0, 1, 2, 3, 4, 5].flatMap((register) => load(register, values[register] ?? 0));
  return [...load(8, number), ...args, ...word(0xd4000001), ...word(0x4b0003e0), ...load(8, 93), ...word(0xd4000001)];
}

/** An executable with one segment (elf(5)). */
function elf(arch: Architecture, code: readonly number[]): number[] {
  const size = BigInt(HEADERS + code.length);
  const identification = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  return [
    ...identification,
    ...[2n, arch === "aarch64" ? 183n : 62n].flatMap((value) => littleEndian(value, 2)),
    ...littleEndian(1n, 4),
    ...[BASE + BigInt(HEADERS), 64n, 0n].flatMap((value) => littleEndian(value, 8)),
    ...littleEndian(0n, 4),
    ...[64n, 56n, 1n, 0n, 0n, 0n].flatMap((value) => littleEndian(value, 2)),
    // PT_LOAD, readable and executable.
    ...[1n, 5n].flatMap((value) => littleEndian(value, 4)),
    ...[0n, BASE, BASE, size, size, 0x1000n].flatMap((value) => littleEndian(value, 8)),
    ...code,
  ];
}

function littleEndian(value: bigint, bytes: number): number[] {
  const unsigned = BigInt.asUintN(bytes * 8, value);
  return Array.from({ length: bytes }, (_, index) => Number((unsigned >> BigInt(index * 8)) & 0xffn));
}
