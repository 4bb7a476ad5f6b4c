import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

@Entity({ name: 'shop_order' })
export class Order {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('integer')
  amount!: number;

  /** Null until an invoice covers it. */
  @Column('integer', { name: 'invoice_id', nullable: true })
  invoiceId!: number | null;
}
