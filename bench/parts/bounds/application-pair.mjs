import { ProxyLink } from '../../../tooling/proxies/proxy-link.mjs';
import { Child } from '../../child-processes/child.mjs';

/** @typedef {import('../../../tooling/embedded-postgres/embedded-server.mjs').EmbeddedServer} Server */

const script = new URL('../../child-processes/application-process.mjs', import.meta.url);
let pairs = 0;

/**
 * A leader and its heir, each an application in a separate process, in a separate election, with the defaults.
 * The leader's connection goes through a proxy that can go silent.
 *
 * @param {Server} server
 */
export async function leaderAndHeir(server) {
  const pair = (pairs += 1);
  const link = await new ProxyLink(() => server.port).start();
  const start = (/** @type {string} */ who, /** @type {string} */ connection) =>
    new Child(script, {
      connection,
      instanceId: `${who} ${pair}`,
      elections: [`pair ${pair}`],
      sampling: 1,
    });
  const leader = start('leader', link.through(server.url));
  await leader.report('elected');
  const heir = start('heir', server.url);
  await heir.report('heir');
  return {
    server,
    leader,
    heir,
    link,
    /** As the server knows its session. */
    session: `nestjs-leader-election leader ${pair}`,
    async dispose() {
      await Promise.all([leader.dispose(), heir.dispose()]);
      await link.stop();
    },
  };
}

/** @typedef {Awaited<ReturnType<typeof leaderAndHeir>>} Pair */
