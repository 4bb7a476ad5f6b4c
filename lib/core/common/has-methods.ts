/**
 * Whether a value from outside is an object with these methods. `instanceof` would fail if a class is loaded more than
 * once.
 */
export function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
}
