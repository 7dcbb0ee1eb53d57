/** The longest pause between two changes that is played as it was, in milliseconds. */
export const longestPause = 1000;

/**
 * How many of the next entries are shown when so many milliseconds have passed since
 * the last one was, and what is left of the time. Time runs at a speed; pauses are cut.
 */
export function due(last: number, times: readonly number[], passed: number, speed: number): { count: number; left: number } {
  let left = passed * speed;
  let count = 0;
  for (let before = last; count < times.length; count++) {
    const pause = Math.min(longestPause, Math.max(0, times[count]! - before));
    if (pause > left) break;
    left -= pause;
    before = times[count]!;
  }
  return { count, left: left / speed };
}
