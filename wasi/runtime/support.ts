/**
 * What the compiler's runtime calls in a program: sums, printing of numbers, the end by an exception. It stands before the
 * program in one text; no name of a program begins with a $.
 */

declare const outputTo: (descriptor: number) => void;
declare const outputUnit: (unit: number) => void;
declare const runtimeExit: (code: number) => never;
declare const runtimeRelease: (string: number) => void;

const $STANDARD_ERROR = 2;

const $addressOf = (text: string): number => Porffor.wasm`local.get ${text}
i32.const 1
return`;

const $print = (text: string): void => {
  for (let index = 0; index < text.length; index++) outputUnit(text.charCodeAt(index));
};

/** A sum of which the compiler knows nothing (scripts/lib/concatenation.ts). */
export const $sum = (left: any, right: any): any => left + right;

/** Prints a number, as console.log does. */
export const $printNumber = (value: number): void => {
  const text = value.toString();
  $print(text);
  runtimeRelease($addressOf(text));
};

let $failing = false;

/** Ends the program by a value that was thrown. Nothing can catch it. */
export const $uncaught = (value: unknown): void => {
  outputTo($STANDARD_ERROR);
  $print('Uncaught ');
  const hasText = !$failing && typeof value !== 'symbol';
  $failing = true; // what makes a text of it may throw, too
  $print(hasText ? String(value) : 'a value that has no text');
  $print('\n');
  runtimeExit(1);
};
