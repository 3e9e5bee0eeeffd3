/**
 * Concatenations that the compiler would take for shorter strings than they are.
 *
 * It guesses that the sum of anything and a string of 8-bit characters is one of 8-bit characters, and where such a sum
 * is itself an operand, as in every template, it believes its guess. A call it makes no guesses about: so sums that may
 * be strings become calls of $sum() (wasi/runtime/support.ts).
 */

import ts from 'typescript';

/** Whether the operand says itself that it is a number. */
const isNumber = (node: ts.Expression): boolean => ts.isNumericLiteral(node) || ts.isPrefixUnaryExpression(node);

const isSum = (node: ts.Node): node is ts.BinaryExpression =>
  ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken;

/** Whether the compiler may know or guess that the operand is a string. */
const mayBeString = (node: ts.Expression): boolean => ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)
  || ts.isCallExpression(node) || ts.isParenthesizedExpression(node) || isSum(node);

/** The program, in JavaScript, with calls for those sums. */
export const withSafeSums = (text: string): string => {
  const tree = ts.createSourceFile('program.js', text, ts.ScriptTarget.ESNext, true, ts.ScriptKind.JS);
  const transformer: ts.TransformerFactory<ts.SourceFile> = ({ factory, ...context }) => {
    const sum = (left: ts.Expression, right: ts.Expression): ts.Expression =>
      factory.createCallExpression(factory.createIdentifier('$sum'), undefined, [left, right]);
    const visit = (node: ts.Node): ts.Node => {
      if (ts.isTaggedTemplateExpression(node)) return node;
      if (ts.isTemplateExpression(node)) {
        return node.templateSpans.reduce<ts.Expression>((before, { expression, literal }) => {
          const inserted = sum(before, ts.visitNode(expression, visit) as ts.Expression);
          return literal.text === '' ? inserted : sum(inserted, factory.createStringLiteral(literal.text));
        }, factory.createStringLiteral(node.head.text));
      }
      const visited = ts.visitEachChild(node, visit, { factory, ...context });
      if (!isSum(node) || isNumber(node.left) || isNumber(node.right)) return visited;
      if (!mayBeString(node.left) && !mayBeString(node.right)) return visited;
      const { left, right } = visited as ts.BinaryExpression;
      return sum(left, right);
    };
    return (root) => ts.visitNode(root, visit) as ts.SourceFile;
  };
  const { transformed } = ts.transform(tree, [transformer]);
  return ts.createPrinter().printFile(transformed[0]!);
};
