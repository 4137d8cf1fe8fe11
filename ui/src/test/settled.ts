/** How often the screen is looked at, in milliseconds, and how often in a row it must be the same. */
const PERIOD = 40;
const SAME = 4;

/** Waits until no call is under way that something on the screen waits for. */
export async function settled(): Promise<void> {
  let before: string | null = null;
  let same = 0;
  // What is drawn late on a busy machine is waited for.
  for (let left = 10_000 / PERIOD; left > 0 && same < SAME; left -= 1) {
    await new Promise((resolve) => setTimeout(resolve, PERIOD));
    const now = document.body.textContent;
    // The first screen of a file loads its code first, and nothing is drawn meanwhile.
    same = now !== "" && now === before ? same + 1 : 0;
    before = now;
  }
}
