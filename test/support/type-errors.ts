import { join } from 'node:path';
import ts from 'typescript';
import { root } from '../../tooling/project-root.mjs';

/** A file that exists only for the compiler. */
export interface ImaginaryFile {
  /** Relative to the project's directory. */
  readonly path: string;
  readonly text: string;
}

/** What the compiler says about each of the files, in one program, with the project's own options. */
export function typeErrors(files: readonly ImaginaryFile[]): ReadonlyMap<string, string[]> {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) =>
    ts.sys.readFile(path),
  ) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root);
  const texts = new Map(files.map(({ path, text }) => [join(root, path), text]));
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => texts.has(path) || disk.fileExists(path),
    readFile: (path) => texts.get(path) ?? disk.readFile(path),
    getSourceFile: (path, languageVersion, ...rest) => {
      const text = texts.get(path);
      return text === undefined
        ? disk.getSourceFile(path, languageVersion, ...rest)
        : ts.createSourceFile(path, text, languageVersion);
    },
  };

  const program = ts.createProgram([...texts.keys()], options, host);
  return new Map(
    files.map(({ path }) => {
      const file = program.getSourceFile(join(root, path));
      const found = [
        ...program.getSyntacticDiagnostics(file),
        ...program.getSemanticDiagnostics(file),
      ];
      return [
        path,
        found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
      ];
    }),
  );
}
