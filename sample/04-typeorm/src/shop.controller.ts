import { Body, Controller, Get, Post } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LeaderElectionService } from 'nestjs-leader-election';
import type { Repository } from 'typeorm';
import { Invoice } from './invoice.entity.js';
import { Order } from './order.entity.js';
import { Report } from './report.entity.js';

/** Every instance takes orders and shows the invoices and the report. */
@Controller()
export class ShopController {
  constructor(
    private readonly election: LeaderElectionService,
    @InjectRepository(Order) private readonly orders: Repository<Order>,
    @InjectRepository(Invoice) private readonly invoices: Repository<Invoice>,
    @InjectRepository(Report) private readonly reports: Repository<Report>,
  ) {}

  @Get()
  status() {
    const { isLeader, term } = this.election.status();
    return { isLeader, term: term?.toString() };
  }

  @Post('orders')
  async order(@Body() { amount }: { amount: number }) {
    return this.orders.save({ amount, invoiceId: null });
  }

  @Get('invoices')
  async list() {
    const invoices = await this.invoices.find({ order: { id: 'ASC' } });
    return invoices.map(withTermAsString);
  }

  @Get('report')
  async report() {
    const report = await this.reports.findOneBy({ name: 'revenue' });
    return report ? withTermAsString(report) : {};
  }
}

/** JSON has no bigint. */
function withTermAsString<T extends { term: bigint }>(row: T) {
  return { ...row, term: row.term.toString() };
}
