/** The application shuts down while something waits for this instance to lead: it won't lead any more. */
export class ElectionStoppedError extends Error {
  override readonly name = 'ElectionStoppedError';

  constructor(
    /** The election's name. */
    readonly election: string,
  ) {
    super(
      `This instance won't lead "${election}" any more, because the application shuts down; whoever waits for ` +
        'whenLeader() should catch this error and give up',
    );
  }
}
