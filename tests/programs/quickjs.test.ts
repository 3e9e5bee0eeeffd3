import { quickjs } from './quickjs.ts';
import { testProgram } from './suite.ts';

testProgram(quickjs);
