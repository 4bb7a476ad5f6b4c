/** An election is used that the module was not told about. Thrown at start. */
export class UnknownElectionError extends Error {
  override readonly name = 'UnknownElectionError';

  constructor(
    /** The name that nobody declared. */
    readonly election: string,
    /** The names that the option `elections` declares. */
    readonly declared: readonly string[],
    /** Where it is used, such as `@LeaderOnly('billing') on ReportsService.send`. */
    readonly usedIn: string,
  ) {
    super(
      `${usedIn}: there is no election "${election}". Declared are ${declared.map((name) => `"${name}"`).join(', ')}; ` +
        `add it to the option \`elections\` of LeaderElectionModule`,
    );
  }
}
