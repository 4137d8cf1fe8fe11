/** Waits until no call is under way that something on the screen waits for. */
export async function settled(): Promise<void> {
  let before: string | null = null;
  // What is drawn late on a busy machine is waited for.
  for (let left = 40; left > 0 && before !== document.body.textContent; left -= 1) {
    before = document.body.textContent;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
