/** What an instance reports, what is done to one, and what happens to PostgreSQL. */
export type Happening = {
  /** Milliseconds on the machine's monotonic clock. */
  readonly at: number;
} & (OfInstance | OfServer | OfPlatform);

export type OfServer = {
  readonly type: 'server-stopping' | 'server-started';
};

/** How many milliseconds after its end an instance is started again from now on; undefined: not at all. */
export type OfPlatform = { readonly type: 'restart-policy'; readonly delay?: number | undefined };

export type OfInstance = { readonly instance: number } & (
  | { readonly type: 'started'; readonly pid?: number | undefined }
  | { readonly type: 'listening'; readonly url: string }
  | { readonly type: 'role'; readonly role: string }
  | { readonly type: 'heartbeat'; readonly sentAt: number; readonly term?: string | undefined }
  | { readonly type: 'elected'; readonly term: string }
  | { readonly type: 'demoted'; readonly term: string; readonly reason: string }
  | {
      readonly type: 'lease-unconfirmed' | 'lease-confirmed' | 'released';
      readonly term: string;
    }
  | { readonly type: 'job-started' | 'job-ended'; readonly term?: string | undefined }
  | { readonly type: 'connection-lost' | 'connection-restored' }
  | { readonly type: 'killed' | 'stopping' | 'frozen' | 'thawed' | 'cut-off' | 'reconnected' }
  | { readonly type: 'gone'; readonly unexpected: boolean; readonly how: string }
  | { readonly type: 'removed' }
);
