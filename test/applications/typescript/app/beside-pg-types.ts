// `connection` and the types of pg, which have another name here: under their own, the rest would find them.
import { LeaderElectionModule } from 'nestjs-leader-election';
import type { ClientConfig, Pool, PoolConfig } from 'types-of-pg';

export function connectWith(client: ClientConfig, ofPool: PoolConfig, pool: Pool) {
  LeaderElectionModule.forRoot({ connection: client });
  LeaderElectionModule.forRoot({ connection: ofPool });
  LeaderElectionModule.forRoot({ connection: pool.options });
  LeaderElectionModule.forRoot({ connection: async () => client });
  // @ts-expect-error the session can't be one of a pool
  LeaderElectionModule.forRoot({ connection: pool });
}
