/**
 * @typedef {object} World what faults are done to
 * @property {import('../random.mjs').Random} random
 * @property {import('../recorded-instances/fleet.mjs').Fleet} fleet
 * @property {import('../servers/servers.mjs').Servers} servers
 * @property {import('../../support/pgbouncer.mjs').PgBouncer | undefined} pooler
 * @property {import('../../../tooling/proxies/proxy-link.mjs').ProxyLink | undefined} behindPooler between PgBouncer and the server
 * @property {readonly string[]} elections
 * @property {'fast' | 'strict'} takeover
 * @property {boolean} serverIsBusy whether something is being done to a server
 */

/** @typedef {import('../recorded-instances/instance.mjs').Instance} Instance */

/**
 * @typedef {object} Fault
 * @property {string} kind
 * @property {number} weight how often it comes, beside the others
 * @property {string[]} on what it occupies of an instance: its process, its network; none: it strikes a server
 * @property {boolean} [exempt] whether two leaders may follow in takeover 'fast', until `renewDeadline` after its effect
 * @property {(world: World, instance: Instance) => boolean} [possible]
 * @property {(world: World, instance: Instance) => Promise<number | void>} strike resolves when it has passed, with the
 *   moment at which it had its effect at the latest, where that was not at its beginning
 */

/**
 * A fault as it was.
 *
 * @typedef {object} Struck
 * @property {string} kind
 * @property {string} [instance]
 * @property {number} from
 * @property {number} to
 * @property {number} [effect] when it had its effect at the latest; its beginning, where that is not given
 * @property {boolean} [exempt]
 */

export {};
