import { expect, it } from '@jest/globals';
import { asError } from '../../../lib/core/common/thrown.js';
import { testDatabase } from '../../support/database.js';
import { hostileValues } from '../../support/hostile-values.js';
import { connect } from '../../support/postgres/every-statement.js';
import { within } from '../../support/timeline.js';

const database = await testDatabase();

it.each(hostileValues)(
  'a listener of announcements that throws $what ends the connection, and nothing else',
  async ({ make }) => {
    const connection = await connect({ connection: database.url });
    const closed = new Promise<Error>((resolve) => {
      connection.onClose(resolve);
    });
    const thrown = make();
    connection.onAnnouncement(() => {
      throw thrown;
    });
    const announced = connection.announce([{ type: 'who-leads' }]).catch(() => undefined);
    const cause = await within(closed, () => 'The connection has not ended');
    expect(cause.message).toBe(asError(thrown).message);
    await announced;
  },
);
