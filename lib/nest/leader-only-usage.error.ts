/** `@LeaderOnly()`, or another part of this package, is used where it can't work. Normally thrown at start. */
export class LeaderOnlyUsageError extends Error {
  override readonly name = 'LeaderOnlyUsageError';
}
