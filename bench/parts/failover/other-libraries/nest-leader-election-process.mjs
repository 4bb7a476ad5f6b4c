import { options, report } from '../../../child-processes/report-to-parent.mjs';
import { load } from '../../../../tooling/npm-packages/package-group.mjs';

const { home, connection, name, ...config } = options;
await load(home, 'reflect-metadata');
const { DataSource } = await load(home, 'typeorm');
const { Logger } = await load(home, '@nestjs/common');
const { LeaderElectorCore, createLeaderLeaseEntity } = await load(home, 'nest-leader-election');
Logger.overrideLogger(false);

const schema = name.replaceAll(' ', '_');
const entity = createLeaderLeaseEntity(schema);
const dataSource = new DataSource({
  type: 'postgres',
  url: connection,
  // It ignores the parameters of the URL.
  applicationName: new URL(connection).searchParams.get('application_name'),
  entities: [entity],
});
await dataSource.initialize();
// A separate schema for each pair: a cleanup deletes all expired leases of its table.
await dataSource.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);

class Elector extends /** @type {new (...setup: any[]) => any} */ (LeaderElectorCore) {
  /** Called whenever the lease was taken or renewed. */
  handleLeadershipAcquired() {
    super.handleLeadershipAcquired();
    report('leading');
  }
}
const elector = new Elector(dataSource.getRepository(entity), {
  ...config,
  schema,
});
process.on('message', () => {
  report('stopped');
  void elector.shutdown();
});
await elector.initialize();
if (!elector.amILeader()) report('standing by');
