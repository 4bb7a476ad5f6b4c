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
 * @property {(world: World, instance: Instance) => Promise<Outcome | void>} strike resolves when it has passed
 */

/**
 * What only the fault itself can say of how it went.
 *
 * @typedef {Pick<Struck, 'effect' | 'astray'> & { passed?: number }} Outcome where `passed` is when it was over, if things had to be
 *   put in order afterwards
 */

/**
 * Instances that could reach only a standby for a while.
 *
 * @typedef {object} Astray
 * @property {readonly string[]} instances
 * @property {number} from
 * @property {number} to
 * @property {number} visits how often one of them asked the standby whether it is one
 * @property {number} tries how often one of them tried to get a lock there
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
 * @property {Astray} [astray]
 */

export {};
