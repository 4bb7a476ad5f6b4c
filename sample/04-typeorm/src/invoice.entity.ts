import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { TermColumn } from './term.column.js';

@Entity({ name: 'shop_invoice' })
export class Invoice {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('integer')
  total!: number;

  /** The term in which the invoice was written. */
  @TermColumn()
  term!: bigint;
}
