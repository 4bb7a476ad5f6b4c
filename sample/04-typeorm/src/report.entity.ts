import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TermColumn } from './term.column.js';

@Entity({ name: 'shop_report' })
export class Report {
  @PrimaryColumn('text')
  name!: string;

  @Column('integer')
  revenue!: number;

  /** The fencing token: the table rejects a write with a lower term than it has seen. */
  @TermColumn()
  term!: bigint;
}
