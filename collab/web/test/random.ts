/** A small seeded generator (mulberry32), so that every failure can be replayed. */
export function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Seeds of a run: SEED replays one; the variable named sets how many, from FIRST_SEED on. */
export function seeds(count: number, variable = "SCHEDULES"): number[] {
  const one = process.env["SEED"];
  if (one) return [Number(one)];
  const first = Number(process.env["FIRST_SEED"] ?? 1);
  return Array.from({ length: Number(process.env[variable] ?? count) }, (_, i) => first + i);
}
