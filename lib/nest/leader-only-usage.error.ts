/** `@LeaderOnly()` stands where it can't work. Thrown at start. */
export class LeaderOnlyUsageError extends Error {
  override readonly name = 'LeaderOnlyUsageError';
}
