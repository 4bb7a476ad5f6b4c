/** A test asks for something that `LeaderElectionTestingModule` can't do, or not yet. */
export class LeaderElectionTestingError extends Error {
  override readonly name = 'LeaderElectionTestingError';
}
