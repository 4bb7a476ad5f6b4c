import pg from 'pg';

/** Since version 17 a server may have a queue that can be filled. This is the least that it takes. */
export const SMALL_QUEUE = { max_notify_queue_pages: 64 };

const TOO_MANY_NOTIFICATIONS = '54000';

/**
 * Fills the queue of NOTIFY, which all databases of a server share, while a listener sits in a transaction.
 *
 * @returns what ends that transaction
 */
export async function fillQueue(url: string): Promise<() => Promise<void>> {
  const [listener, sender] = [new pg.Client(url), new pg.Client(url)];
  await Promise.all([listener.connect(), sender.connect()]);
  // What all listeners have read would make room later on.
  await sender.query('SELECT pg_notification_queue_usage()');
  await listener.query('LISTEN filled');
  await listener.query('BEGIN');
  try {
    for (let sent = 0; ; sent += 1)
      await sender.query(`SELECT pg_notify('filled', $1)`, [String(sent).padEnd(7_900)]);
  } catch (error) {
    if ((error as { code?: unknown }).code !== TOO_MANY_NOTIFICATIONS) throw error;
  } finally {
    await sender.end();
  }
  return () => listener.end();
}
