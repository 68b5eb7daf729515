import { ReasonError } from "../../model/reason.ts";

/** Who a process runs as, and where that account is at home. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  readonly home: string;
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

const NUMBER = /^[0-9]{1,10}$/;
const MAX_ID = 2 ** 32 - 2;

/** What a manifest, or the image, says of who a process runs as. */
interface AccountWish {
  /** `user[:group]`, by names or numbers; empty for root. */
  readonly user: string;
  /** More groups, by names or numbers. */
  readonly groups?: readonly (string | number)[];
}

/** The image's /etc/passwd and /etc/group, empty where it has none (passwd(5), group(5)). */
export interface AccountFiles {
  readonly passwd: string;
  readonly group: string;
  /** The highest id the workload can have. */
  readonly highest?: number | undefined;
}

/**
 * Finds the account `user[:group]` means in an image, as Docker does (image-spec config.md, User): names are looked up
 * in the image's own files; a number needs no entry, and has group 0 without one; extra groups come from the group file
 * unless a group is given, and from the manifest in any case.
 *
 * @throws ReasonError `start-failed`, field `user` or `groups`, when a name is not there or an id is too high
 */
export function findAccount({ user, groups = [] }: AccountWish, files: AccountFiles): Account {
  const account = lookUp(user, files);
  const { highest = MAX_ID } = files;
  const inRange = (field: string, value: string | number, ids: readonly number[]) => {
    if (ids.some((id) => id > highest)) throw outOfRange(field, value, highest);
    return ids;
  };
  inRange("user", user, [account.uid, account.gid, ...account.additionalGids]);
  const known = parseGroup(files.group);
  const more = groups.flatMap((group, index) => {
    const field = `groups[${index}]`;
    const gid = known.find(({ name }) => name === group)?.gid ?? idOf(String(group));
    if (gid === undefined) throw unknown(field, String(group), `the image has no group ${group}`);
    return inRange(field, group, [gid]);
  });
  const additionalGids = [...new Set([...account.additionalGids, ...more])].filter((gid) => gid !== account.gid);
  return { ...account, additionalGids };
}

function lookUp(user: string, files: AccountFiles): Account {
  const [who = "", group] = (user === "" ? "0" : user).split(":");
  const passwd = parsePasswd(files.passwd);
  const groups = parseGroup(files.group);
  const entry = passwd.find(({ name }) => name === who) ?? passwd.find(({ uid }) => uid === idOf(who));
  const uid = entry?.uid ?? idOf(who);
  if (uid === undefined) throw unknown("user", user, `the image has no user ${who}`);
  const home = entry?.home || "/";
  if (group !== undefined && group !== "") {
    const gid = groups.find(({ name }) => name === group)?.gid ?? idOf(group);
    if (gid === undefined) throw unknown("user", user, `the image has no group ${group}`);
    return { uid, gid, additionalGids: [], home };
  }
  const gid = entry?.gid ?? 0;
  const additionalGids =
    entry === undefined ? [] : groups.filter(({ members }) => members.includes(entry.name)).map((other) => other.gid);
  return { uid, gid, additionalGids, home };
}

function outOfRange(field: string, value: string | number, highest: number): ReasonError {
  return new ReasonError({
    code: "start-failed",
    message: `${value} has an id above ${highest}, which the workload's user namespace does not hold`,
    field,
    value,
    allowed: `ids up to ${highest}, or userns: host`,
  });
}

function unknown(field: string, value: string, message: string): ReasonError {
  return new ReasonError({
    code: "start-failed",
    message,
    field,
    value,
    allowed: "users and groups of the image's /etc/passwd and /etc/group, or numbers",
  });
}

function idOf(text: string): number | undefined {
  const id = NUMBER.test(text) ? Number(text) : undefined;
  return id !== undefined && id <= MAX_ID ? id : undefined;
}

function parsePasswd(text: string): PasswdEntry[] {
  return rows(text).flatMap(([name = "", , uid = "", gid = "", , home = ""]) => {
    const [user, group] = [idOf(uid), idOf(gid)];
    return user === undefined || group === undefined ? [] : [{ name, uid: user, gid: group, home }];
  });
}

function parseGroup(text: string): GroupEntry[] {
  return rows(text).flatMap(([name = "", , number = "", members = ""]) => {
    const gid = idOf(number);
    return gid === undefined ? [] : [{ name, gid, members: members.split(",").map((member) => member.trim()) }];
  });
}

function rows(text: string): string[][] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(":"));
}
