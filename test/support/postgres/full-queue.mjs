import pg from 'pg';

/** Since version 17 a server may have a queue that can be filled. This is the least that it takes. */
export const SMALL_QUEUE = { max_notify_queue_pages: 64 };

const TOO_MANY_NOTIFICATIONS = '54000';

/**
 * Fills the queue of NOTIFY, which all databases of a server share, while a listener sits in a transaction.
 *
 * @param {string} url
 * @returns {Promise<() => Promise<void>>} what ends that transaction
 */
export async function fillQueue(url) {
  const [listener, sender] = [new pg.Client(url), new pg.Client(url)];
  for (const client of [listener, sender]) client.on('error', () => {}); // Its server may go down.
  await Promise.all([listener.connect(), sender.connect()]);
  try {
    // What all listeners have read would make room later on.
    await sender.query('SELECT pg_notification_queue_usage()');
    await listener.query('LISTEN filled');
    await listener.query('BEGIN');
    for (let sent = 0; ; sent += 1)
      await sender.query(`SELECT pg_notify('filled', $1)`, [String(sent).padEnd(7_900)]);
  } catch (error) {
    if (/** @type {{ code?: unknown }} */ (error).code !== TOO_MANY_NOTIFICATIONS) {
      await listener.end();
      throw error;
    }
  } finally {
    await sender.end();
  }
  return () => listener.end();
}
