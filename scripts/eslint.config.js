/**
 * Lint. The larger part is the compiled subset: the TypeScript that Porffor compiles as it is meant. Several of the
 * constructs below compile to something silently wrong, the others are refused later with a message that does not
 * name the place. tests/unit/lint.test.ts shows that each is caught.
 */

import fs from 'node:fs';
import parser from '@typescript-eslint/parser';

/** Files that are compiled by Porffor. */
const COMPILED = ['kernel-heap/**/*.ts', 'qemu/**/*.ts', 'tests/*/cases/**/*.ts', 'wasi/**/*.ts'];

const PROGRAMS = new URL('../wasi/programs/', import.meta.url);

/** Files among them that are ordinary TypeScript: programs that do not export main (lib/ts-program.ts). */
const ORDINARY = ['wasi/runtime/**/*.ts', ...fs.readdirSync(PROGRAMS)
  .filter((name) => name.endsWith('.ts') && !/^export const main\b/m.test(fs.readFileSync(new URL(name, PROGRAMS), 'utf8')))
  .map((name) => `wasi/programs/${name}`)];

/** The files that know the compiler's intrinsics. */
const INTRINSIC = ['kernel-heap/memory.ts', 'qemu/kernel/literal.ts'];

const I32 = "TSTypeReference[typeName.name='i32']";
const TYPE = `${I32}, TSNumberKeyword, TSBooleanKeyword, TSVoidKeyword, TSStringKeyword`;

/** What else a parameter of a function that the host provides may be. */
const I64 = "TSFunctionType TSTypeReference[typeName.name='i64']";

/** Selector and message of everything that the compiled subset has not. */
const SUBSET = [
  // Silently wrong
  ['TSNonNullExpression', 'x! compiles to 0'],
  ['TSTypeAssertion', '<type>x compiles to 0; write x as i32'],
  ['TSSatisfiesExpression', 'satisfies compiles to 0'],
  ['SwitchCase[test=null]:not(:last-child)', 'default that is not last compiles to a wrong switch'],
  // Refused by the compiler or by the gates behind it
  [`TSAsExpression > .typeAnnotation:not(${I32}, TSNumberKeyword, TSBooleanKeyword)`, 'as something other than i32, number or boolean does not compile'],
  [`TSTypeAnnotation > .typeAnnotation:not(${TYPE}, ${I64}, TSFunctionType)`, 'types are i32, number, boolean, string and void; an alias is no type to the compiler'],
  ['TSTypeAliasDeclaration', 'a type alias is no type to the compiler; use i32'],
  ['TSInterfaceDeclaration', 'there are no objects, so no interfaces'],
  ['TSEnumDeclaration', 'enum needs the JavaScript runtime; use constants'],
  ['TSModuleDeclaration', 'namespaces do not compile'],
  ['TSTypeParameterDeclaration', 'generics do not compile'],
  [':matches(FunctionDeclaration, FunctionExpression)', 'functions are arrows: const f = (a: i32): i32 => …'],
  [':function :function', 'a function within a function does not compile; declare it at top level'],
  [':matches(ClassDeclaration, ClassExpression)', 'classes need the JavaScript runtime'],
  [':matches(ObjectExpression, ArrayExpression, NewExpression)', 'objects and arrays need the JavaScript runtime; keep data in linear memory'],
  [':matches(ObjectPattern, ArrayPattern, RestElement, SpreadElement)', 'destructuring and spreading need the JavaScript runtime'],
  [':matches(ThrowStatement, TryStatement)', 'exceptions do not compile; return a code or panic'],
  [':matches(ForInStatement, ForOfStatement)', 'there is nothing to iterate over; use for (;;)'],
  [':matches(AwaitExpression, YieldExpression)', 'asynchronous functions do not compile'],
  ["BinaryExpression[operator=/^(\\*\\*|in|instanceof)$/]", 'this operator needs the JavaScript runtime'],
  ["AssignmentExpression[operator=/^(\\*\\*|\\/|\\|\\||&&|\\?\\?)=$/]", 'this assignment does not compile as it is meant'],
  ["BinaryExpression[operator='/']", 'division is of fractions in JavaScript and of signed integers here; use divide()'],
  ["LogicalExpression[operator='??']", '?? needs the JavaScript runtime'],
  ['ChainExpression', '?. needs the JavaScript runtime'],
  ["UnaryExpression[operator=/^(typeof|delete|void)$/]", 'this operator needs the JavaScript runtime'],
  ['Literal[raw=/^[\\d_]*\\.\\d|^\\d[\\d_]*e/i]', 'numbers are 32-bit integers'],
  ['Literal[bigint]', 'numbers are 32-bit integers'],
  ['Literal[regex]', 'regular expressions need the JavaScript runtime'],
  ["Literal[raw='null']", 'null needs the JavaScript runtime; use 0'],
  ["Identifier[name='undefined']", 'undefined needs the JavaScript runtime; use 0'],
  ['ThisExpression', 'there is no this'],
  ['TemplateLiteral:not(TaggedTemplateExpression > .quasi)', 'templates need the JavaScript runtime'],
  ["MemberExpression[object.name='Math']:not([property.name=/^(imul|clz32)$/])", 'of Math only imul and clz32 compile to an instruction'],
  ["MemberExpression:not([object.name='Math'], [object.name='Porffor'], [object.object.name='Porffor'], [object.object.object.name='Porffor'])", 'there are no objects, so no properties'],
  // Not understood by the bundle
  ['ExportNamedDeclaration[source=null][declaration=null]', 'export where you declare: export const f = …'],
  [':matches(ExportDefaultDeclaration, ExportAllDeclaration)', 'export by name'],
  [':matches(ImportDefaultSpecifier, ImportNamespaceSpecifier)', 'import by name'],
  ["ImportDeclaration[importKind='type']", 'there are no types to import'],
  [':matches(ImportExpression, MetaProperty)', 'imports are static'],
  ["VariableDeclaration[kind='var']", 'declare with const or let'],
  // Without a type the compiler guesses
  ['ArrowFunctionExpression:not([returnType])', 'annotate the result'],
  [':function > Identifier.params:not([typeAnnotation])', 'annotate the parameter'],
  [":function > Identifier.params[optional=true]", 'optional parameters do not compile'],
  ['AssignmentPattern', 'default values do not compile'],
  ["VariableDeclarator:not([init.type='ArrowFunctionExpression']) > Identifier.id:not([typeAnnotation])", 'annotate the variable'],
].map(([selector, message]) => ({ selector, message }));

const INTRINSICS = { selector: "Identifier[name='Porffor']", message: "the compiler's intrinsics stand in kernel-heap/memory.ts alone" };

/** `continue` in a switch in a loop leaves the switch only, unless it names the loop. */
const labelledContinue = {
  meta: { type: 'problem', schema: [], messages: { wrong: 'continue within a switch acts as break; name the loop: continue label' } },
  create: (context) => ({
    ContinueStatement: (node) => {
      if (node.label) return;
      for (let outer = node.parent; outer; outer = outer.parent) {
        if (/^(For|While|DoWhile)/.test(outer.type)) return;
        if (outer.type === 'SwitchStatement') {
          context.report({ node, messageId: 'wrong' });
          return;
        }
      }
    },
  }),
};

/** `boolean` or `number` as far as the syntax and the annotations in the file tell, else undefined. */
const kindOf = (node, scope) => {
  const annotated = (annotation) => ({ TSBooleanKeyword: 'boolean', TSNumberKeyword: 'number', TSTypeReference: 'number' })[annotation?.typeAnnotation.type];
  switch (node.type) {
    case 'Literal':
      return typeof node.value;
    case 'LogicalExpression':
      return kindOf(node.right, scope);
    case 'UnaryExpression':
      return node.operator === '!' ? 'boolean' : 'number';
    case 'BinaryExpression':
      return /^([=!]==?|[<>]=?)$/.test(node.operator) ? 'boolean' : 'number';
    case 'TSAsExpression':
      return annotated({ typeAnnotation: node.typeAnnotation });
    case 'CallExpression':
    case 'Identifier': {
      const name = (node.callee ?? node).name;
      let where = scope;
      while (where && !where.set.has(name)) where = where.upper;
      const definition = where?.set.get(name).defs[0]?.node;
      if (node.type === 'CallExpression') return annotated(definition?.init?.returnType);
      if (definition?.type === 'VariableDeclarator') return annotated(definition.id.typeAnnotation);
      return annotated(definition?.params?.find((parameter) => parameter.name === name)?.typeAnnotation);
    }
    default:
      return undefined;
  }
};

/** Equality of a boolean and a number compiles to false. */
const sameKinds = {
  meta: { type: 'problem', schema: [], messages: { wrong: 'boolean {{operator}} number compiles to false' } },
  create: (context) => ({
    BinaryExpression: (node) => {
      if (!/^[=!]==?$/.test(node.operator)) return;
      const scope = context.sourceCode.getScope(node);
      const kinds = [kindOf(node.left, scope), kindOf(node.right, scope)];
      if (kinds.includes('boolean') && kinds.includes('number')) context.report({ node, messageId: 'wrong', data: { operator: node.operator } });
    },
  }),
};

/** A function as a value makes the module need a table; it can only be called. */
const calledFunctions = {
  meta: { type: 'problem', schema: [], messages: { value: '{{name}} is a function and can only be called, not passed or stored' } },
  create: (context) => ({
    'Program:exit': () => {
      for (const scope of context.sourceCode.scopeManager.scopes) {
        for (const variable of scope.variables) {
          const [definition] = variable.defs;
          if (definition?.node.init?.type !== 'ArrowFunctionExpression') continue;
          for (const { identifier } of variable.references) {
            const { parent } = identifier;
            const allowed = parent.callee === identifier || parent.id === identifier || parent.type === 'ExportSpecifier';
            if (!allowed) context.report({ node: identifier, messageId: 'value', data: { name: identifier.name } });
          }
        }
      }
    },
  }),
};

const languageOptions = { parser, ecmaVersion: 2023, sourceType: 'module' };

export default [
  { ignores: ['dist/', 'node_modules/', '**/*.d.ts'] },
  {
    files: ['**/*.ts', '**/*.js', '**/*.mjs'],
    languageOptions,
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: { 'no-var': 'error', 'prefer-const': 'error', 'no-self-compare': 'error', 'no-unreachable-loop': 'error', 'no-template-curly-in-string': 'error' },
  },
  { files: ['scripts/**', 'tests/**'], ignores: [...COMPILED, '**/*.assembly.ts'], rules: { eqeqeq: 'error' } },
  {
    files: COMPILED,
    ignores: ORDINARY,
    plugins: { subset: { rules: { 'labelled-continue': labelledContinue, 'same-kinds': sameKinds, 'called-functions': calledFunctions } } },
    rules: {
      'subset/labelled-continue': 'error',
      'subset/same-kinds': 'error',
      'subset/called-functions': 'error',
      'no-use-before-define': 'error',
      'no-restricted-syntax': ['error', ...SUBSET, INTRINSICS],
    },
  },
  { files: INTRINSIC, rules: { 'no-restricted-syntax': ['error', ...SUBSET] } },
];
