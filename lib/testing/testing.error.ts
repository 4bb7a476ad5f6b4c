/** A test asks for something that `LeaderElectionTestingModule` can't do, or can't do yet. */
export class LeaderElectionTestingError extends Error {
  override readonly name = 'LeaderElectionTestingError';
}
