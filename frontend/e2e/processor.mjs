/** Processor time of this process's children and of everybody else, from Linux's own books. */

import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** Linux counts in hundredths of a second, whatever the machine. */
const TICK_MS = 10;

/** After the name in brackets, which may hold anything: [state, parent, ..., user, system]. */
function fields(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

function descendants() {
  const parents = new Map(readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((pid) => [pid, fields(pid)?.[1]]));
  const family = new Set([String(process.pid)]);
  for (let grown = -1; grown !== family.size;) {
    grown = family.size;
    for (const [pid, parent] of parents) if (family.has(parent)) family.add(pid);
  }
  family.delete(String(process.pid));
  return [...family];
}

/** Milliseconds of processor that the children and everybody together have used so far. */
export function processorMs() {
  const children = descendants().reduce((sum, pid) => sum + Number(fields(pid)?.[11] ?? 0) + Number(fields(pid)?.[12] ?? 0), 0);
  const [user, nice, system, , , irq, softirq] = readFileSync("/proc/stat", "utf8").split("\n")[0].trim().split(/\s+/).slice(1).map(Number);
  return { children: children * TICK_MS, all: (user + nice + system + irq + softirq) * TICK_MS };
}

/** What happened between two readings: ours, and how many processors the others left over. */
export function usedBetween(before, after, elapsedMs) {
  const children = after.children - before.children;
  const others = Math.max(0, after.all - before.all - children);
  return { children, free: availableParallelism() - others / elapsedMs };
}
