import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as core from 'nestjs-leader-election/core';
import * as main from 'nestjs-leader-election';
import * as testing from 'nestjs-leader-election/testing';
import ts from 'typescript';
import { read } from '../../tooling/documentation.mjs';
import { root } from '../../tooling/project-root.mjs';

const page = read('docs/troubleshooting.md').replaceAll('`', '').replace(/\s+/g, ' ');

const classes = Object.entries({ ...core, ...main, ...testing })
  .filter(([, value]) => (value as { prototype?: unknown }).prototype instanceof Error)
  .map(([name]) => name);

/** Those whose words are put together by their class: each has an entry by its name. */
const PUT_TOGETHER = ['InvalidOptionError', 'SessionEndedError', 'TypeError', 'Error'];

describe('docs/troubleshooting.md', () => {
  it.each(classes)('has an entry for %s', (name) => {
    expect(read('docs/troubleshooting.md')).toMatch(new RegExp(`^### \`${name}\`$`, 'm'));
  });

  it.each(messages())('tells what to do about "$beginning" ($file)', ({ beginning }) => {
    expect(page).toContain(beginning);
  });
});

interface Message {
  readonly file: string;
  readonly beginning: string;
}

/** What the library throws and warns of, as it begins: up to the first comma, colon or full stop. */
function messages(): Message[] {
  const files = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' });
  return (
    files
      .filter((path) => path.endsWith('.ts'))
      .map((path) => `lib/${path.replaceAll('\\', '/')}`)
      // What the command line says stands there, on its own page.
      .filter((path) => !path.startsWith('lib/cli/'))
      .flatMap((file) =>
        messagesOf(ts.createSourceFile(file, read(file), ts.ScriptTarget.ES2022, true)),
      )
  );
}

function messagesOf(file: ts.SourceFile): Message[] {
  const found: Message[] = [];
  const visit = (node: ts.Node): void => {
    const [message] = isTold(node) ? (node.arguments ?? []) : [];
    const text = message && textOf(message);
    if (text !== undefined) found.push({ file: file.fileName, beginning: beginningOf(text) });
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** `new …Error(message)`, `super(message)` of an error, `logger.warn(message)`, `logger.error(message)`. */
function isTold(node: ts.Node): node is ts.NewExpression | ts.CallExpression {
  if (ts.isNewExpression(node)) {
    const name = node.expression.getText();
    return name.endsWith('Error') && !PUT_TOGETHER.includes(name);
  }
  if (PUT_TOGETHER.includes(classAround(node))) return false;
  return (
    ts.isCallExpression(node) && /^super$|[lL]ogger\.(warn|error)$/.test(node.expression.getText())
  );
}

function classAround(node: ts.Node): string {
  const found = ts.findAncestor(node, ts.isClassDeclaration);
  return found?.name?.text ?? '';
}

/** A text in the source, with … in place of what is put in; undefined where it is none. */
function textOf(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return textOf(node.left);
  return undefined;
}

/** Seven words, or three at least up to where a reader takes a breath. */
function beginningOf(text: string): string {
  const words = text.replaceAll('`', '').trim().split(/\s+/);
  const last = words.findIndex(
    (word, index) => index === 6 || (index >= 2 && /[,;:.]$/.test(word)),
  );
  return words
    .slice(0, last === -1 ? undefined : last + 1)
    .join(' ')
    .replace(/[,;:.]$/, '');
}
