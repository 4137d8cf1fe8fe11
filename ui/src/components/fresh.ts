/** How often what shows its age is read again while it is on the screen, so that the age is right. */
export const FRESH_FOR = 15_000;
