import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateTables1764000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE shop_invoice (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        total integer NOT NULL,
        term bigint NOT NULL
      );
      CREATE TABLE shop_order (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        amount integer NOT NULL,
        invoice_id integer REFERENCES shop_invoice
      );
      CREATE TABLE shop_report (
        name text PRIMARY KEY,
        revenue integer NOT NULL,
        term bigint NOT NULL
      );
    `);
    // Checks every write, so that a leader of an earlier term that was frozen meanwhile can't write.
    await queryRunner.query(`
      CREATE FUNCTION refuse_lower_term() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.term < OLD.term THEN
          RAISE EXCEPTION 'term % is over: % was written in term %', NEW.term, OLD.name, OLD.term;
        END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER refuse_lower_term BEFORE UPDATE ON shop_report
        FOR EACH ROW EXECUTE FUNCTION refuse_lower_term();
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE shop_report, shop_order, shop_invoice');
    await queryRunner.query('DROP FUNCTION refuse_lower_term()');
  }
}
