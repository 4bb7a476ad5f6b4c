import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { InjectRepository } from '@nestjs/typeorm';
import { currentLeadership, LeaderOnly, type Leadership } from 'nestjs-leader-election';
import type { Repository } from 'typeorm';
import { Invoice } from './invoice.entity.js';
import { Report } from './report.entity.js';

/**
 * Writes a report through TypeORM's pool, whose connections don't hold the lock. So every write includes its term, and
 * the table rejects the write of a leader that was frozen between reading and writing.
 */
@Injectable()
export class ReportsService {
  constructor(
    @InjectRepository(Invoice) private readonly invoices: Repository<Invoice>,
    @InjectRepository(Report) private readonly reports: Repository<Report>,
  ) {}

  @LeaderOnly()
  @Interval(200)
  async write(): Promise<void> {
    // The term in which this job was started, even if another term has begun since.
    const { term } = currentLeadership() as Leadership;
    const revenue = (await this.invoices.sum('total')) ?? 0;
    await this.reports.save({ name: 'revenue', revenue, term });
  }
}
