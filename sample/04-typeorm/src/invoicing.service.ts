import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { currentLeadership, LeaderOnly } from 'nestjs-leader-election';

/**
 * Invoices each order once, whatever happens to the leader meanwhile: the transaction runs on the connection that holds
 * the lock, so it commits only while this instance leads.
 */
@Injectable()
export class InvoicingService {
  @LeaderOnly()
  @Interval(200)
  async invoice(): Promise<void> {
    const leadership = currentLeadership();
    await leadership?.transaction(async (transaction) => {
      const { rows: orders } = await transaction.query<{ id: number; amount: number }>(
        'SELECT id, amount FROM shop_order WHERE invoice_id IS NULL ORDER BY id FOR UPDATE',
      );
      if (orders.length === 0) return;
      const total = orders.reduce((sum, { amount }) => sum + amount, 0);
      const { rows: invoices } = await transaction.query<{ id: number }>(
        'INSERT INTO shop_invoice (total, term) VALUES ($1, $2) RETURNING id',
        [total, leadership.term],
      );
      await transaction.query('UPDATE shop_order SET invoice_id = $1 WHERE id = ANY($2)', [
        invoices[0]?.id,
        orders.map(({ id }) => id),
      ]);
    });
  }
}
