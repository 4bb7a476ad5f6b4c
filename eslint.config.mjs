import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  globalIgnores([
    'dist/',
    'coverage/',
    'reports/',
    '**/node_modules/',
    '**/dist/',
    'test/applications/*/app/',
  ]),
  eslint.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // Nest modules are classes that carry nothing but a decorator.
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // Hooks and handlers are async by contract, not because this one happens to wait.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    // Anything can be thrown, also what throws again when it is turned into a string or asked what it is.
    files: ['lib/**/*.ts'],
    ignores: ['lib/core/common/thrown.ts'],
    rules: {
      '@typescript-eslint/no-base-to-string': ['error', { checkUnknown: true }],
      'no-restricted-syntax': [
        'error',
        {
          selector: "BinaryExpression[operator='instanceof'][right.name='Error']",
          message:
            'Read what was thrown through lib/core/common/thrown.ts: even `instanceof` may throw.',
        },
      ],
    },
  },
  {
    // A rejection that nobody hears ends the process: begin what nobody waits for with `inBackground()`.
    files: ['lib/**/*.ts'],
    rules: { '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: false }] },
  },
  {
    // All test files share a server: a statement that ends sessions must not reach those of another file.
    files: ['**/*.test.ts'],
    ignores: ['test/integration/core/refused-announcements.test.ts'], // It has a server of its own.
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            ':matches(TemplateElement[value.raw=/SELECT pg_(terminate|cancel)_backend/], Literal[value=/SELECT pg_(terminate|cancel)_backend/])',
          message: 'End sessions through test/support/sessions.ts, which keeps to one database.',
        },
      ],
    },
  },
  {
    // Checked by tsc as well, which knows Node's globals. JSON.parse and catch give `any` here.
    files: ['**/*.mjs', '**/*.cjs'],
    rules: {
      'no-undef': 'off',
      '@typescript-eslint/no-require-imports': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
