import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { TypeOrmModule } from '@nestjs/typeorm';
import { LeaderElectionModule } from 'nestjs-leader-election';
import { Invoice } from './invoice.entity.js';
import { InvoicingService } from './invoicing.service.js';
import { CreateTables1764000000000 } from './migrations/1764000000000-create-tables.js';
import { Order } from './order.entity.js';
import { Report } from './report.entity.js';
import { ReportsService } from './reports.service.js';
import { SchemaService } from './schema.service.js';
import { ShopController } from './shop.controller.js';

const database = process.env.DATABASE_URL ?? 'postgresql://127.0.0.1:5432/postgres';

@Module({
  imports: [
    ScheduleModule.forRoot(),
    // TypeORM has a pool of connections …
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: database,
      entities: [Invoice, Order, Report],
      migrations: [CreateTables1764000000000],
    }),
    TypeOrmModule.forFeature([Invoice, Order, Report]),
    // … and the election has its own connection, which holds the lock.
    LeaderElectionModule.forRoot({ connection: database }),
  ],
  controllers: [ShopController],
  providers: [SchemaService, InvoicingService, ReportsService],
})
export class AppModule {}
