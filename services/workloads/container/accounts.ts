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

/**
 * Finds the account `user[:group]` means in an image, as Docker does (image-spec config.md, User): names are looked up
 * in the image's own files; a number needs no entry, and has group 0 without one; extra groups come from the group file
 * unless a group is given.
 *
 * @param user empty for root
 * @param files the image's /etc/passwd and /etc/group, empty where it has none (passwd(5), group(5))
 * @throws ReasonError `start-failed`, field `user`, when a name is not there
 */
export function findAccount(user: string, files: { readonly passwd: string; readonly group: string }): Account {
  const [who = "", group] = (user === "" ? "0" : user).split(":");
  const passwd = parsePasswd(files.passwd);
  const groups = parseGroup(files.group);
  const entry = passwd.find(({ name }) => name === who) ?? passwd.find(({ uid }) => uid === idOf(who));
  const uid = entry?.uid ?? idOf(who);
  if (uid === undefined) throw unknown(user, `the image has no user ${who}`);
  const home = entry?.home || "/";
  if (group !== undefined && group !== "") {
    const gid = groups.find(({ name }) => name === group)?.gid ?? idOf(group);
    if (gid === undefined) throw unknown(user, `the image has no group ${group}`);
    return { uid, gid, additionalGids: [], home };
  }
  const gid = entry?.gid ?? 0;
  const additionalGids =
    entry === undefined ? [] : groups.filter(({ members }) => members.includes(entry.name)).map((other) => other.gid);
  return { uid, gid, additionalGids: [...new Set(additionalGids)].filter((other) => other !== gid), home };
}

function unknown(user: string, message: string): ReasonError {
  return new ReasonError({
    code: "start-failed",
    message,
    field: "user",
    value: user,
    allowed: "a user and group of the image's /etc/passwd and /etc/group, or numbers",
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
