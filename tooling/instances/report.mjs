// What an instance reports to its starter over the IPC channel. `at` is a moment of `monotonicNow()`.

/** @typedef {import('../../sample/01-cron/src/status.controller.js').StatusController} Controller */

/**
 * @typedef {{ readonly at: number } & (
 *   | { readonly type: 'listening', readonly url: string, readonly instanceId: string }
 *   | { readonly type: 'role', readonly role: string, readonly leader: string | undefined }
 *   | { readonly type: 'elected', readonly term: string }
 *   | { readonly type: 'demoted', readonly term: string, readonly reason: string }
 *   | { readonly type: 'heartbeat', readonly sentAt: number, readonly term: string | undefined }
 *   | { readonly type: 'connection-lost' | 'connection-restored' }
 *   | { readonly type: 'lease-unconfirmed' | 'lease-confirmed' | 'released', readonly term: string }
 *   | { readonly type: 'job-started' | 'job-ended', readonly term: string | undefined }
 *   | { readonly type: 'hook-ended', readonly term: string | undefined }
 *   | { readonly type: 'memory', readonly heap: number, readonly external: number }
 * )} Report
 */

/** What the sample answers to `GET /`. @typedef {ReturnType<Controller['show']>} Status */
export {};
